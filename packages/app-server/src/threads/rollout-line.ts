/** Owns the lines of a rollout, the file that a thread lasts as: the format of Codex, so that either goes on with the other's threads. */

/** An item of the Responses API as it was sent or heard: `message`, `function_call`, `function_call_output`, `reasoning`, … */
export type ResponseItem = { readonly type: string } & Readonly<Record<string, unknown>>

/** Those that begin with `towline_` are our own; Codex passes over them. */
export type RolloutLineType =
  | 'session_meta'
  | 'turn_context'
  | 'response_item'
  | 'event_msg'
  | 'compacted'
  | 'world_state'
  | 'token_usage_record'
  | 'towline_item'
  | 'towline_plan'
  | 'towline_answer'
  | 'towline_accepted'
  | 'towline_settings'
  | 'towline_git'

/** What stands in a line beside its time. Sorts that are not known are kept as they are. */
export interface RolloutLine {
  readonly type: RolloutLineType | (string & {})
  readonly payload: Readonly<Record<string, unknown>>
}

/** As it was read. */
export interface DatedLine extends RolloutLine {
  /** ISO 8601. */
  readonly timestamp: string
  /** From 0, of each line of a rollout in the paginated history mode of Codex, which wants them without a gap. */
  readonly ordinal?: number | undefined
}

/** As it is written, with its end; one that was read keeps its time. */
export const lineText = (line: RolloutLine & Partial<DatedLine>, now: number): string => {
  const { timestamp = new Date(now).toISOString(), ordinal, type, payload } = line
  return `${JSON.stringify({ timestamp, ordinal, type, payload })}\n`
}

/** Undefined for what is no line of a rollout. */
export const parseLine = (text: string): DatedLine | undefined => {
  try {
    const { timestamp, ordinal, type, payload } = JSON.parse(text) as Partial<DatedLine>
    if (typeof type !== 'string' || typeof payload !== 'object' || payload === null) return undefined
    return {
      ...{ timestamp: typeof timestamp === 'string' ? timestamp : '', type, payload },
      ...(typeof ordinal === 'number' && { ordinal }),
    }
  } catch {
    return undefined
  }
}
