/** Owns waiting for work that somebody may give up waiting for; the work itself goes on. */

/** What `work` answers. Rejects with the signal's reason as soon as it is aborted. */
export const orAbort = async <T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  if (!signal) return await work
  let stop = (): void => {}
  const aborted = new Promise<never>((_, fail) => {
    stop = () => fail(signal.reason)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  // Whoever waits no longer does not hear how it ended either.
  work.catch(() => undefined)
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
