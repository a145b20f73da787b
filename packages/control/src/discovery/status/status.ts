/** Owns the status endpoint: every dependency is really asked, within a deadline, and no more often than is good for it. */
import { LIMITS, type Limits } from '@towline/protocol'
import type { StatusCheck, StatusSource } from '../site.ts'

/** As /api/status tells it; why a check failed is in the log only. */
export interface SiteStatus {
  readonly status: 'ok' | 'degraded' | 'down'
  readonly version: string
  /** Seconds since the epoch. */
  readonly checkedAt: number
  readonly checks: readonly { readonly name: string; readonly status: 'pass' | 'fail'; readonly vital: boolean }[]
}

export interface StatusOptions extends StatusSource {
  readonly version: string
  readonly limits?: Pick<Limits, 'statusCheckMs' | 'statusFreshMs'>
}

/** Answers the status; those who ask at the same time, or just after, are told the same. */
export const createStatus = (options: StatusOptions): (() => Promise<SiteStatus>) => {
  const { clock, limits = LIMITS } = options
  let last: { readonly until: number; readonly status: Promise<SiteStatus> } | undefined
  return () => {
    const now = clock()
    if (!last || now >= last.until) last = { until: now + limits.statusFreshMs, status: ask(options, now) }
    return last.status
  }
}

const ask = async (options: StatusOptions, now: number): Promise<SiteStatus> => {
  const checks = await Promise.all(options.checks.map((check) => run(check, options)))
  const failed = checks.filter(({ status }) => status === 'fail')
  const status = failed.some(({ vital }) => vital) ? 'down' : failed.length > 0 ? 'degraded' : 'ok'
  return { status, version: options.version, checkedAt: Math.floor(now / 1000), checks }
}

const run = async (check: StatusCheck, { onFailure, limits = LIMITS }: StatusOptions) => {
  const { name, vital } = check
  const signal = AbortSignal.timeout(limits.statusCheckMs)
  try {
    await Promise.race([check.run(signal), aborted(signal)])
    return { name, status: 'pass', vital } as const
  } catch (error) {
    onFailure(name, error)
    return { name, status: 'fail', vital } as const
  }
}

/** For checks that do not heed their signal. */
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, fail) => {
    signal.addEventListener('abort', () => fail(signal.reason as Error), { once: true })
  })
