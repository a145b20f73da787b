/** Owns the count of tokens, as lines and as clients have it. */
import type { ThreadTokenUsage, TokenUsage } from '@towline/protocol'
import { type Json, number, object } from './json.ts'

const FIELDS = {
  totalTokens: 'total_tokens',
  inputTokens: 'input_tokens',
  cachedInputTokens: 'cached_input_tokens',
  cacheWriteInputTokens: 'cache_write_input_tokens',
  outputTokens: 'output_tokens',
  reasoningOutputTokens: 'reasoning_output_tokens',
} as const satisfies Record<keyof TokenUsage, string>

const usageLine = (usage: TokenUsage): Json =>
  Object.fromEntries(Object.entries(FIELDS).map(([name, line]) => [line, usage[name as keyof TokenUsage]]))

const usageOf = (line: Json): TokenUsage =>
  Object.fromEntries(
    Object.entries(FIELDS).map(([name, field]) => [name, number(line[field]) ?? 0]),
  ) as unknown as TokenUsage

/** The payload of the event `token_count`. */
export const tokenCount = ({ total, last, modelContextWindow }: ThreadTokenUsage): Json => ({
  type: 'token_count',
  info: {
    total_token_usage: usageLine(total),
    last_token_usage: usageLine(last),
    model_context_window: modelContextWindow,
  },
  rate_limits: null,
})

/** Undefined where it counts nothing yet. */
export const tokenUsageOf = (event: Json): ThreadTokenUsage | undefined => {
  const info = object(event['info'])
  const total = object(info?.['total_token_usage'])
  const last = object(info?.['last_token_usage'])
  if (!info || !total || !last) return undefined
  return {
    total: usageOf(total),
    last: usageOf(last),
    modelContextWindow: number(info['model_context_window']) ?? null,
  }
}
