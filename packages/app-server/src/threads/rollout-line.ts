/** Owns the lines of a rollout, the file that a thread lasts as: the format of Codex, so that either goes on with the other's threads. */

/** An item of the Responses API as it was sent or heard: `message`, `function_call`, `function_call_output`, `reasoning`, … */
export type ResponseItem = { readonly type: string } & Readonly<Record<string, unknown>>

export type RolloutLineType =
  | 'session_meta'
  | 'turn_context'
  | 'response_item'
  | 'event_msg'
  | 'compacted'
  | 'world_state'
  | 'token_usage_record'

/** What stands in a line beside its time. Sorts that are not known are kept as they are. */
export interface RolloutLine {
  readonly type: RolloutLineType | (string & {})
  readonly payload: Readonly<Record<string, unknown>>
}
