/** Owns breaking off a transfer on which nothing moves. */

export interface Idle extends Disposable {
  /** Something moved. */
  touch(): void
}

/** Calls `expire` once nothing moved for `ms`. */
export const watchIdle = (ms: number, expire: () => void): Idle => {
  const timer = setTimeout(expire, ms)
  return { touch: () => void timer.refresh(), [Symbol.dispose]: () => clearTimeout(timer) }
}
