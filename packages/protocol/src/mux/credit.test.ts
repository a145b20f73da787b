import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { IDLE_SINK } from '../channel.ts'
import { LIMITS } from '../limits.ts'
import type { MuxCore } from './core.ts'
import { MuxStream } from './stream.ts'
import { LinkBudget, ReceiveWindow } from './window.ts'

const KiB = 1024

/** A core whose link is always free; it runs turns when told. */
const freeCore = () => {
  const waiting: MuxStream[] = []
  let sent = 0
  const core: MuxCore = {
    limits: LIMITS,
    budget: new LinkBudget(LIMITS),
    now: () => 0,
    hasRoom: true,
    emit(_id, { bytes }, credit) {
      const taken = Math.min(bytes.length, credit)
      sent += taken
      return taken
    },
    ready: (stream) => void (stream.enqueue() && waiting.push(stream)),
    sendWindow() {},
    sendEnd() {},
    sendReset() {},
    forget() {},
  }
  const run = (): void => {
    for (let stream = waiting.shift(); stream; stream = waiting.shift())
      if (stream.turn() && stream.enqueue()) waiting.push(stream)
  }
  return { core, run, sent: () => sent }
}

describe('mux credit', () => {
  it('never lets more than a window lie unread, however little its consumer takes at a time', () => {
    verifies('link.mux')
    const size = LIMITS.muxWindowInitial
    const window = new ReceiveWindow(new LinkBudget(LIMITS), size, 0)
    let credit: number = size
    let unread = 0
    let most = 0
    for (let step = 0; step < 1_000; step++) {
      expect(window.received(credit)).toBe(true)
      unread += credit
      most = Math.max(most, unread)
      unread -= 16 * KiB
      credit = window.consumed(16 * KiB, () => 0)
    }
    expect(most).toBe(size)
  })

  it('goes on towards a peer whose whole window is small', () => {
    const { core, run, sent } = freeCore()
    const granted = 4 * KiB
    const part = new Uint8Array(KiB)
    let writes = 0
    const stream = new MuxStream(core, { id: 2, send: granted, receive: LIMITS.muxWindowInitial })
    const write = (): void => {
      while (writes < 64) {
        writes++
        if (!stream.write(part)) return
      }
    }
    stream.sink = { ...IDLE_SINK, drained: write }
    write()
    let answered = 0
    for (let round = 0; round < 200; round++) {
      run()
      const credit = sent() - answered
      answered += credit
      if (credit > 0) stream.receiveCredit(credit)
    }
    expect(sent()).toBe(64 * KiB)
  })
})
