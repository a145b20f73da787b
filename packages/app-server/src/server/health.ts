/** Owns whether the server can do its work now: each thing it needs is asked. */
import { LIMITS } from '@towline/protocol'

export interface Check {
  readonly name: string
  /** Rejects with why not. */
  run(): Promise<void>
}

export interface Health {
  readonly ready: boolean
  readonly draining: boolean
  readonly version: string
  readonly connections: number
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly problem?: string }>>
}

export const healthOf = async (
  checks: readonly Check[],
  state: Pick<Health, 'draining' | 'version' | 'connections'>,
): Promise<Health> => {
  const results = await Promise.all(checks.map(async (check) => [check.name, await resultOf(check)] as const))
  const ready = !state.draining && results.every(([, { ok }]) => ok)
  return { ready, ...state, checks: Object.fromEntries(results) }
}

const resultOf = async (check: Check): Promise<{ readonly ok: boolean; readonly problem?: string }> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_done, fail) => {
    timer = setTimeout(() => fail(new Error('it did not answer in time')), LIMITS.appServerCheckMs)
  })
  try {
    await Promise.race([check.run(), late])
    return { ok: true }
  } catch (error) {
    return { ok: false, problem: (error as Error).message }
  } finally {
    clearTimeout(timer)
  }
}
