/** Owns telling a client that a call still waits: clients give up calls that say nothing for long. */
import type { ToolCall } from '../tool.ts'

const TELL_MS = 5_000

/** What `work` answers; meanwhile the seconds that have passed are told, of `total` at most. */
export const ticking = async <T>(
  { progress }: ToolCall,
  { total, message }: { readonly total: number; readonly message: string },
  work: () => Promise<T>,
): Promise<T> => {
  const started = performance.now()
  const tell = (): void => progress(Math.round((performance.now() - started) / 1000), total, message)
  const timer = setInterval(tell, TELL_MS)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}
