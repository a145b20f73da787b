/** Owns waiting in tests: every wait has a deadline and says what did not come. */

/** How long a test waits for what should come at once; only a failure takes that long. */
export const SOON_MS = 60_000

/** The result of `work`. Throws with `what` when it does not come in time. */
export const within = async <T>(what: string, work: Promise<T>, ms = SOON_MS): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** How often something is looked at that tells nobody when it changes. */
const LOOK_MS = 25

/** The first answer of `look` that is not undefined. Throws with `what` when none comes in time. */
export const eventually = async <T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  ms = SOON_MS,
): Promise<T> => {
  const end = performance.now() + ms
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > end) throw new Error(`${what} did not come within ${ms} ms`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}
