/** Owns bounding one wait by time and by the caller's signal. */

export interface Deadline {
  /** Aborted by whichever comes first. */
  readonly signal: AbortSignal
  /** Whether it was the time. */
  readonly passed: boolean
}

/** The reason of a caller's abort goes through; running out of time has a reason of its own. */
export const deadline = (ms: number, signal?: AbortSignal): Deadline => {
  const time = AbortSignal.timeout(ms)
  return {
    signal: signal ? AbortSignal.any([signal, time]) : time,
    get passed() {
      return time.aborted && !signal?.aborted
    },
  }
}

/** `work`, or a rejection with the signal's reason as soon as it is aborted. */
export const orAbort = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
