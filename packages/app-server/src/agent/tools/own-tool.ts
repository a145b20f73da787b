/** Owns what a tool of this room is. */
import type { ToolCall, ToolOutput, ToolSpec } from '../tool.ts'
import type { TurnScope } from '../turn-scope.ts'

export interface OwnTool {
  readonly name: string
  /** Undefined where a turn cannot use it. */
  spec(scope: TurnScope): ToolSpec | undefined
  /** Runs beside others of the same answer. */
  readonly parallel: boolean
  /** Rejects with Interrupted or SandboxFailure, which end the turn; anything else the model is told. */
  run(scope: TurnScope, call: ToolCall): Promise<ToolOutput>
}

/** What the model is told instead of a result. */
export class ToolRefusal extends Error {}

/** Of a call that may have been done in part by a server that ended. */
export const CUT_OFF = 'aborted: the server ended while it ran; look at what it did before you do it again'
