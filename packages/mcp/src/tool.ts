/** Owns what a tool is: schemas, hints, what could go wrong, and one operation that does the work. */
import type { AppError, Labels } from '@towline/protocol'
import type { Connection, ConnectionFlags, Risk } from '@towline/operations'
import type { z } from 'zod'
import type { McpDeps } from './deps.ts'
import type { Origin } from './server/origin.ts'

export type { Risk } from '@towline/operations'

/** From the least to the most: a server of a profile has its own tools and those before. */
export const PROFILES = ['read-only', 'operate', 'admin'] as const
export type Profile = (typeof PROFILES)[number]

/** What hints tell clients; `title` is for people. They describe, they do not authorize. */
export interface Hints {
  readonly title: string
  readonly readOnly?: boolean
  readonly destructive?: boolean
  readonly idempotent?: boolean
  /** Reaches beyond this workstation. */
  readonly openWorld?: boolean
}

/** What a call may use. */
export interface ToolCall {
  readonly deps: McpDeps
  /** Cancelled by the client, or the server ends. */
  readonly signal: AbortSignal
  /** Which agent, thread and call this is, as the client tells it. */
  readonly origin: Origin
  /** Which server and project are meant. Rejects with CONTEXT_MISSING and the like. */
  connection(selector?: Selector): Promise<Connection>
  /** For what is created, `purpose` in a few words; the labels of `extra` come on top and may not forge ours. */
  labels(purpose: string, extra?: Labels): Labels
  /** Tells the client how far it is; nothing happens when it did not ask. */
  progress(done: number, total: number | undefined, message?: string): void
}

/** The arguments by which tools choose a server and project. */
export type Selector = Pick<ConnectionFlags, 'context' | 'project'>

/** What a tool is about, for the policy and the audit trail. */
export interface ToolTarget {
  /** Such as `tow://edge-lab` or a tunnel's name; shown, never trusted. */
  readonly name: string
  /** Labels of the machine or tunnel, when they had to be looked up anyway. */
  readonly labels?: Labels
}

/** A risk, and for the person who is asked why it is that. */
export interface ToldRisk {
  readonly risk: Risk
  readonly because?: string
  /** What else a yes is bound to, beside the arguments, such as the definition of a remote tool. */
  readonly bind?: string
  /** Recorded also where it only looks, as that is a stranger's word. */
  readonly recorded?: boolean
}

export interface Tool<In extends z.ZodObject = z.ZodObject, Out extends z.ZodObject = z.ZodObject> {
  /** `towline_<noun>_<verb>` */
  readonly name: `towline_${string}`
  /** For models: what it does, what it needs, what it refuses. At most some lines. */
  readonly description: string
  /** Strict. */
  readonly input: In
  readonly output: Out
  readonly hints: Hints
  /** By the arguments where they matter, such as publishing without a token. */
  readonly risk: Risk | ((args: z.output<In>, call: ToolCall) => Risk | ToldRisk | Promise<Risk | ToldRisk>)
  /** The least profile that has it. */
  readonly profile: Profile
  readonly target?: (args: z.output<In>) => ToolTarget | undefined
  /** Arguments in the one way to write them, beside the given ones, for policies; a rule has to allow both. */
  readonly plain?: (args: z.output<In>, call: ToolCall) => Promise<Readonly<Record<string, unknown>>>
  /** Names of arguments that may be long texts: a person who is asked sees their ends, and a digest of all. */
  readonly texts?: readonly (keyof z.output<In> & string)[]
  /** A result that tells of a failure, such as an exit status other than 0; it is answered as an error with its content. */
  readonly failed?: (answer: z.output<Out>) => boolean
  /** Rejects with AppError for what is refused. */
  readonly run: (args: z.output<In>, call: ToolCall) => Promise<z.input<Out>>
}

/** Keeps the types of its schemas while the tool is written down. */
export const defineTool = <In extends z.ZodObject, Out extends z.ZodObject>(tool: Tool<In, Out>): Tool =>
  tool as unknown as Tool

/** Answered in place of output while a person has to allow the very same call. */
export interface ApprovalRequired {
  readonly approvalRequired: true
  readonly approvalId: string
  readonly approveUrl?: string
  readonly expiresAt: number
  readonly next: string
}

/** How a refused call is told. */
export interface Refusal {
  readonly error: ReturnType<AppError['toJSON']> & { readonly suggestedNextTool?: string }
}
