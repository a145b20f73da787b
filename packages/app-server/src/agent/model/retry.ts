/** Owns asking a model again when that may help: how often, and how long after. */
import { setTimeout as sleep } from 'node:timers/promises'
import { LIMITS } from '@towline/protocol'
import type { ModelProvider } from '../../config/agent-config.ts'
import { gaveUp, ModelFailure } from './model-failure.ts'

export interface RetryOptions {
  readonly provider: ModelProvider
  readonly signal: AbortSignal
  /** Called before each wait. */
  readonly retrying: (failure: ModelFailure, attempt: number, most: number) => void
  /** Resolves after `ms`, rejects when `signal` aborts. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>
  readonly random?: () => number
}

const FIRST_MS = 200

/** Rejects with ModelFailure that is final, or what `signal` aborted with. */
export const withRetries = async <T>(work: () => Promise<T>, options: RetryOptions): Promise<T> => {
  const { provider, signal, retrying, wait = waitFor, random = Math.random } = options
  const most = { request: provider.requestMaxRetries, stream: provider.streamMaxRetries }
  const failed = { request: 0, stream: 0 }
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof ModelFailure)) throw error
      const attempt = (failed[error.during] += 1)
      if (!error.retryable || attempt > most[error.during]) throw gaveUp(error, failed.request + failed.stream)
      retrying(error, attempt, most[error.during])
      await wait(waitMs(error, attempt, random), signal)
    }
  }
}

/** Twice as long each time, a tenth more or less, so that many clients do not come back together. */
export const waitMs = ({ retryAfterMs }: ModelFailure, attempt: number, random: () => number): number => {
  const own = FIRST_MS * 2 ** (attempt - 1) * (0.9 + 0.2 * random())
  return Math.min(Math.max(own, retryAfterMs ?? 0), LIMITS.agentRetryMs)
}

const waitFor = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted())
