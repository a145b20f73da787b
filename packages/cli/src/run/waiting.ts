/** Owns the two waits of commands that serve: until they are told to end, and for an end that may hang. */

/** Settles when the signal is aborted. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    if (signal.aborted) return done()
    signal.addEventListener('abort', () => done(), { once: true })
    // An abort listener keeps no process alive; someone who waits for it wants to live until then.
    const alive = setInterval(() => undefined, 60_000)
    signal.addEventListener('abort', () => clearInterval(alive), { once: true })
  })

/** Waits for `work` at most `ms`. Whether it was done in time. */
export const within = async (work: Promise<unknown>, ms: number): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((done) => {
    timer = setTimeout(done, ms, false)
  })
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}
