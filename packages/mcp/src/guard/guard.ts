/** Owns the seam to the guardrails: who decides about a call before it runs, and hears how it ended. */
import type { AppError } from '@towline/protocol'
import type { InputRequiredResult, ServerContext } from '@modelcontextprotocol/server'
import type { Risk } from '@towline/operations'
import type { ClientAsks } from '../server/client-asks.ts'
import type { ApprovalRequired, Tool, ToolCall, ToolTarget } from '../tool.ts'

/** A call that is valid and in the profile. */
export interface Asked {
  readonly tool: Tool
  /** Without the approval's own. */
  readonly args: Readonly<Record<string, unknown>>
  readonly risk: Risk
  /** Why it is that, where the tool says more. */
  readonly because?: string | undefined
  /** What else a yes is bound to. */
  readonly bind?: string | undefined
  /** Recorded also where it only looks, as that is a stranger's word. */
  readonly recorded?: boolean | undefined
  readonly target: ToolTarget | undefined
  readonly approvalId: string | undefined
  readonly call: ToolCall
  readonly context: ServerContext
  readonly era: 'legacy' | 'modern'
  /** What the client can ask its person. */
  readonly asks: ClientAsks
}

/** It may run; what became of it has to be told, once. */
export interface Allowed {
  readonly allowed: true
  ended(outcome: { readonly error?: AppError; readonly durationMs: number }): Promise<void>
}

export interface Guard {
  /**
   * Before a tool looks elsewhere what its risk is: what is denied whatever that turns out to be is not even looked at. Throws
   * POLICY_DENIED.
   */
  refuse?(asked: Omit<Asked, 'risk'>): Promise<void>
  /** Answers what to tell the client when a person has to be asked first. Throws POLICY_DENIED, APPROVAL_REFUSED, APPROVAL_INVALID. */
  decide(asked: Asked): Promise<Allowed | ApprovalRequired | InputRequiredResult>
  /** For the SDK's `requestState` option: what went through the client is ours and unchanged. */
  readonly verifyState?: ((state: string, context: ServerContext) => Promise<unknown>) | undefined
  /** Records what is left, within a deadline. */
  close(): Promise<void>
}
