/** Owns how many calls run at once: some more wait in line, the others are told to come back. */
import { AppError } from '@towline/protocol'

export interface Bounds {
  readonly running: number
  readonly waiting: number
}

/** Runs `work` when it is its turn. Rejects with AGENT_BUSY at once when the line is full, and with the signal's reason. */
export type Lane = <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>

export const openLane = ({ running, waiting }: Bounds): Lane => {
  let active = 0
  const line: (() => void)[] = []

  const turn = async (signal: AbortSignal): Promise<void> => {
    if (active < running) {
      active += 1
      return
    }
    if (line.length >= waiting) throw new AppError('AGENT_BUSY', { running, waiting })
    await new Promise<void>((go, drop) => {
      const leave = (): void => {
        const at = line.indexOf(start)
        if (at >= 0) line.splice(at, 1)
        drop(signal.reason)
      }
      const start = (): void => {
        signal.removeEventListener('abort', leave)
        go()
      }
      signal.addEventListener('abort', leave, { once: true })
      line.push(start)
    })
  }

  /** The place goes to who waits longest. */
  const leave = (): void => {
    const next = line.shift()
    if (next) next()
    else active -= 1
  }

  return async (work, signal) => {
    signal.throwIfAborted()
    await turn(signal)
    try {
      return await work()
    } finally {
      leave()
    }
  }
}
