/** Owns what a model is sent of a thread: no call without an answer, as no model takes that. */
import type { ResponseItem } from './rollout-line.ts'

/** Call and answer, by their types. */
const ANSWERS: Readonly<Record<string, string>> = {
  function_call: 'function_call_output',
  custom_tool_call: 'custom_tool_call_output',
  local_shell_call: 'function_call_output',
}

const answered = new Set(Object.values(ANSWERS))

/** Answers to calls that a turn was left in the middle of. */
export const missingAnswers = (items: readonly ResponseItem[]): readonly ResponseItem[] => {
  const heard = new Set(items.filter(({ type }) => answered.has(type)).map(({ call_id }) => call_id))
  return items
    .filter(({ type, call_id }) => Object.hasOwn(ANSWERS, type) && call_id !== undefined && !heard.has(call_id))
    .map(({ type, call_id }) => ({ type: ANSWERS[type] as string, call_id, output: 'aborted' }))
}

export const userText = (text: string): ResponseItem => ({
  ...{ type: 'message', role: 'user' },
  content: [{ type: 'input_text', text }],
})

/** In the words that models know from Codex. */
export const ABORTED = userText(
  '<turn_aborted>\nThe user interrupted the previous turn on purpose. Any running unified exec processes may still be running in the background. If any tools/commands were aborted, they may have partially executed.\n</turn_aborted>',
)
