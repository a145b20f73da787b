/** Owns what a model is asked with: the history so that it is valid whatever happened, and the settings of the turn. */
import type { ResponseItem } from '../../threads/rollout-line.ts'
import type { ToolSpec } from '../tool.ts'
import type { TurnSettings } from '../turn.ts'

/** The body of a request of the Responses API. */
export type ModelRequest = Readonly<Record<string, unknown>>

export interface Asking {
  readonly settings: TurnSettings
  readonly threadId: string
  readonly instructions: string
  readonly items: readonly ResponseItem[]
  readonly tools: readonly ToolSpec[]
}

/** Models that refuse what is said of reasoning. */
const PLAIN_MODELS = /^(?:gpt-[34]|gpt-5-chat|chatgpt-)/

export const modelRequest = ({ settings, threadId, instructions, items, tools }: Asking): ModelRequest => {
  const { model, effort, summary, outputSchema } = settings
  const reasons = !PLAIN_MODELS.test(model)
  const reasoning = { ...(effort !== null && { effort }), ...(summary !== null && summary !== 'none' && { summary }) }
  return {
    ...{ model, instructions, input: validInput(items), stream: true, store: false },
    ...{ tools, tool_choice: 'auto', parallel_tool_calls: true, prompt_cache_key: threadId },
    ...(reasons && Object.keys(reasoning).length > 0 && { reasoning }),
    include: reasons ? ['reasoning.encrypted_content'] : [],
    ...(isSchema(outputSchema) && {
      text: { format: { type: 'json_schema', name: 'final_answer', schema: outputSchema, strict: true } },
    }),
  }
}

const isSchema = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Calls and the items that answer them. */
const ANSWERS: Readonly<Record<string, string>> = {
  function_call: 'function_call_output',
  custom_tool_call: 'custom_tool_call_output',
}
/** Histories of other programs hold more, which endpoints do not know. */
const SENT: ReadonlySet<string> = new Set([
  ...['message', 'reasoning', 'compaction', 'web_search_call', ...Object.keys(ANSWERS), ...Object.values(ANSWERS)],
])
const ABORTED = 'aborted'

/** An answer to each call and no answer without one; nothing that only the endpoint that made it could know. */
export const validInput = (items: readonly ResponseItem[]): readonly ResponseItem[] => {
  const answered = new Set(items.filter(isAnswer).map((item) => keyOf(item.type, item)))
  const called = new Set(items.flatMap((item) => answerKey(item) ?? []))
  return items.flatMap((item) => {
    if (!SENT.has(item.type)) return []
    if (isAnswer(item) && !called.has(keyOf(item.type, item))) return []
    if (item.type === 'reasoning' && typeof item['encrypted_content'] !== 'string') return []
    const key = answerKey(item)
    const sent = bare(item)
    if (key === undefined || answered.has(key)) return [sent]
    return [sent, { type: ANSWERS[item.type] as string, call_id: item['call_id'], output: ABORTED }]
  })
}

/** Those that no item answers. */
export const unansweredCalls = (items: readonly ResponseItem[]): readonly ResponseItem[] => {
  const answered = new Set(items.filter(isAnswer).map((item) => keyOf(item.type, item)))
  return items.filter((item) => {
    const key = answerKey(item)
    return key !== undefined && !answered.has(key)
  })
}

const isAnswer = ({ type }: ResponseItem): boolean => Object.values(ANSWERS).includes(type)
const keyOf = (type: string, item: ResponseItem): string => `${type} ${String(item['call_id'])}`

/** Of what must answer it; undefined where it is no call. */
const answerKey = (item: ResponseItem): string | undefined => {
  const answer = Object.hasOwn(ANSWERS, item.type) ? ANSWERS[item.type] : undefined
  return answer === undefined ? undefined : keyOf(answer, item)
}

/** Ids name what the endpoint stored, and nothing is stored. */
const bare = (item: ResponseItem): ResponseItem => {
  const kept = Object.entries(item).filter(
    ([name]) => name !== 'id' && name !== 'status' && !name.startsWith('internal_'),
  )
  return Object.fromEntries(kept) as ResponseItem
}
