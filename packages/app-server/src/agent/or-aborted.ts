/** Owns not waiting for what a person no longer wants: work that cannot be told to stop is left to end alone. */

/** As `work`, or the reason of `signal` when that comes first. */
export const orAborted = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  let stop = (): void => undefined
  const aborted = new Promise<never>((_, fail) => {
    const abort = (): void => fail(signal.reason as Error)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    stop = () => signal.removeEventListener('abort', abort)
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    stop()
    work.catch(() => undefined)
  }
}
