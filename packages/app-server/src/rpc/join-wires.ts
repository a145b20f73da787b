/** Owns carrying messages between two wires, each no faster than the other takes them. */
import { LIMITS } from '@towline/protocol'
import type { Wire } from './wire.ts'

/** Until either is closed; then both are. */
export const joinWires = (one: Wire, other: Wire): Promise<void> =>
  new Promise((done) => {
    const closed = (): void => {
      one.close()
      other.close()
      done()
    }
    const carry = (from: Wire, to: Wire): void => {
      from.sink = {
        message: (text) => {
          to.send(text)
          if (to.queued >= LIMITS.execServerQueueBytes) from.pause()
        },
        drained: () => {
          if (from.queued < LIMITS.execServerQueueBytes) to.resume()
        },
        closed,
      }
    }
    carry(one, other)
    carry(other, one)
    one.resume()
    other.resume()
  })
