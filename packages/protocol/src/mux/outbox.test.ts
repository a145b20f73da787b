/** Proves when the bytes of a link go out: together in a busy turn, at once when nothing comes beside them. */
import { describe, expect, it } from 'vitest'
import { FRAME } from './frame.ts'
import { Outbox } from './outbox.ts'

/** An outbox whose turns come by hand; `writes` counts the frames of each write. */
const rig = () => {
  const writes: number[] = []
  const due: (() => void)[] = []
  const out = {
    write: (bytes: Uint8Array) => {
      writes.push(bytes.length / 8)
      return true
    },
  }
  const outbox = new Outbox(out, (run) => due.push(run), 1_000_000)
  const turn = (): void => {
    for (const run of due.splice(0)) run()
  }
  /** A turn of the event loop that adds `count` frames of 8 bytes. */
  const add = (count: number): void => {
    for (let at = 0; at < count; at++) outbox.frame(FRAME.end, 1, new Uint8Array(0))
    turn()
  }
  return { writes, due, add }
}

describe('mux outbox: turns', () => {
  it('sends what one turn brings by one write', () => {
    const { add, writes } = rig()
    for (const count of [3, 5, 2]) add(count)
    expect(writes).toEqual([3, 5, 2])
  })

  it('waits for no turn after one that brought a single frame', () => {
    const { add, writes, due } = rig()
    add(1)
    for (let at = 0; at < 16; at++) add(1)
    expect([writes.length, due.length]).toEqual([17, 0])
  })

  it('looks again whether frames come together, and then waits for them', () => {
    const { add, writes } = rig()
    for (let at = 0; at < 17; at++) add(1)
    add(4)
    add(4)
    expect(writes.slice(17)).toEqual([4, 4])
  })
})
