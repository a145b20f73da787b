/** Owns waiting for a time, unless somebody ends the wait. */

/** Waits; ends early without an error when the signal is aborted. The timer keeps the process alive. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    if (signal.aborted) return done()
    const over = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', over)
      done()
    }
    const timer = setTimeout(over, ms)
    signal.addEventListener('abort', over, { once: true })
  })
