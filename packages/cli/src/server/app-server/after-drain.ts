/** Owns the order of an end: turns that run have their time while clients still hear of them. */
import type { ServedAppServer } from './served.ts'

/** Aborts once `served` has drained after `signal` aborted; at once when it had before, as nothing runs then. */
export const afterDrain = (signal: AbortSignal, served: Pick<ServedAppServer, 'drain'>): AbortSignal => {
  if (signal.aborted) return signal
  const ended = new AbortController()
  const end = async (): Promise<void> => {
    try {
      await served.drain?.()
    } finally {
      ended.abort(signal.reason)
    }
  }
  // What a drain rejects with, whoever drains again hears.
  signal.addEventListener('abort', () => void end().catch(() => undefined), { once: true })
  return ended.signal
}
