/** Proves whose turn it is: in order, up to a number, with refusals beyond and no place lost by who gives up. */
import { describe, expect, it } from 'vitest'
import { Gate } from './gate.ts'

const never = new AbortController().signal

describe('webtty files gate', () => {
  it('refuses who would be one too many to wait', async () => {
    const gate = new Gate({ running: 1, waiting: 1, limit: 'filesWaiting' })
    const leave = await gate.enter(never)
    const second = gate.enter(never)
    await expect(gate.enter(never)).rejects.toMatchObject({
      code: 'LIMIT_REACHED',
      details: { limit: 'filesWaiting', value: 1 },
    })
    leave()
    await second
  })

  it('gives the place to who waits longest, and twice leaving gives it once', async () => {
    const gate = new Gate({ running: 1, waiting: 9, limit: 'filesWaiting' })
    const order: number[] = []
    const leave = await gate.enter(never)
    const waiting = [1, 2, 3].map(async (n) => {
      const done = await gate.enter(never)
      order.push(n)
      return done
    })
    leave()
    leave()
    const next = (await waiting[0]) as () => void
    expect(order).toEqual([1])
    next()
    ;((await waiting[1]) as () => void)()
    ;((await waiting[2]) as () => void)()
    expect(order).toEqual([1, 2, 3])
    ;(await gate.enter(never))()
  })

  it('forgets who gives up while waiting, and lets nobody in who has given up before', async () => {
    const gate = new Gate({ running: 1, waiting: 1, limit: 'filesWaiting' })
    const leave = await gate.enter(never)
    const abort = new AbortController()
    const waiting = gate.enter(abort.signal)
    abort.abort(new Error('gone'))
    await expect(waiting).rejects.toThrow('gone')
    await expect(gate.enter(abort.signal)).rejects.toThrow('gone')
    leave()
    ;(await gate.enter(never))()
  })
})
