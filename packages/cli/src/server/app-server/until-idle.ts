/** Owns the end of an app-server that nobody uses any more. */
import { setTimeout as pause } from 'node:timers/promises'
import type { ServedAppServer } from './served.ts'

/** How often a time of idleness is looked at. */
const LOOKS = 4

/** Resolves when it was idle for `ms`, at every look; or the signal is aborted. */
export const untilIdle = async (served: ServedAppServer, ms: number, signal: AbortSignal): Promise<void> => {
  for (let looks = 0; looks < LOOKS && !signal.aborted; looks = served.isIdle?.() ? looks + 1 : 0)
    await pause(ms / LOOKS, undefined, { signal }).catch(() => undefined)
}
