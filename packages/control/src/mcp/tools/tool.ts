/** Owns what a tool of the hosted endpoint is. */
import type {
  CallToolResult,
  InputRequiredResult,
  ServerContext,
  StandardSchemaWithJSON,
} from '@modelcontextprotocol/server'
import type { Annotations } from '../../api/operation.ts'
import type { Caller } from '../../api/caller.ts'

/** A JSON Schema. */
export type JsonSchema = Readonly<Record<string, unknown>>

export type Arguments = Readonly<Record<string, unknown>>

export interface ToolCall {
  readonly context: ServerContext
  readonly era: 'legacy' | 'modern'
  /** Undefined for a tool that is public. */
  readonly caller: Caller | undefined
  /** `req_…` */
  readonly requestId: string
}

/** An object as a tool's structured content holds it; thrown errors are told to the model with their next step. */
export type ToolAnswer = Readonly<Record<string, unknown>>

export interface Tool {
  /** `towline_<noun>_<verb>` */
  readonly name: string
  readonly description: string
  readonly input: StandardSchemaWithJSON<unknown, Arguments>
  readonly output: StandardSchemaWithJSON
  readonly annotations: Annotations
  /** All OAuth scopes that the tool needs; none for one that is public. */
  readonly scopes: readonly [string, ...string[]] | undefined
  /** The scopes that a caller would have to ask for; undefined when it may go on. */
  readonly missing?: (
    caller: Caller,
    call: { readonly requestId: string },
  ) => readonly [string, ...string[]] | undefined
  readonly run: (args: Arguments, call: ToolCall) => Promise<ToolAnswer | InputRequiredResult>
}

/** What the SDK takes: a check, and the JSON Schema that clients see. */
export const schemaOf = <Output>(
  json: JsonSchema,
  validate: (value: unknown) => { readonly value: Output } | { readonly issues: readonly { message: string }[] },
): StandardSchemaWithJSON<unknown, Output> =>
  ({
    '~standard': {
      version: 1,
      vendor: 'towline',
      validate,
      jsonSchema: { input: () => json, output: () => json },
    },
  }) as unknown as StandardSchemaWithJSON<unknown, Output>

/** For output: what a tool answers was checked where it was made. */
export const toldOf = (json: JsonSchema): StandardSchemaWithJSON => schemaOf(json, (value) => ({ value }))

export const textResult = (value: unknown): CallToolResult => ({
  content: [{ type: 'text', text: JSON.stringify(value) }],
})
