/** Owns counting tokens: what one answer cost, and all of a thread. */
import type { ThreadTokenUsage, TokenUsage } from '@towline/protocol'

export const NOTHING: TokenUsage = {
  ...{ totalTokens: 0, inputTokens: 0, cachedInputTokens: 0 },
  ...{ cacheWriteInputTokens: 0, outputTokens: 0, reasoningOutputTokens: 0 },
}

/** From the `usage` of an answer; undefined where it says none. */
export const usageOf = (told: unknown): TokenUsage | undefined => {
  if (typeof told !== 'object' || told === null) return undefined
  const inputTokens = count(told, 'input_tokens')
  const outputTokens = count(told, 'output_tokens')
  return {
    ...{ inputTokens, outputTokens, totalTokens: count(told, 'total_tokens') || inputTokens + outputTokens },
    cachedInputTokens: count(part(told, 'input_tokens_details'), 'cached_tokens'),
    cacheWriteInputTokens: count(part(told, 'input_tokens_details'), 'cache_write_tokens'),
    reasoningOutputTokens: count(part(told, 'output_tokens_details'), 'reasoning_tokens'),
  }
}

const part = (of: object, name: string): object => {
  const found = (of as Record<string, unknown>)[name]
  return typeof found === 'object' && found !== null ? found : {}
}

const count = (of: object, name: string): number => {
  const found = (of as Record<string, unknown>)[name]
  return typeof found === 'number' && Number.isFinite(found) && found > 0 ? Math.floor(found) : 0
}

/** With one more answer. */
export const withAnswer = (
  before: ThreadTokenUsage | undefined,
  last: TokenUsage,
  modelContextWindow: number | null,
): ThreadTokenUsage => {
  const total = before?.total ?? NOTHING
  const sum = Object.fromEntries(
    Object.keys(NOTHING).map((name) => [name, total[name as keyof TokenUsage] + last[name as keyof TokenUsage]]),
  )
  return { total: sum as unknown as TokenUsage, last, modelContextWindow }
}

/** For estimates where a model says none: four bytes are about one token. */
export const BYTES_PER_TOKEN = 4
