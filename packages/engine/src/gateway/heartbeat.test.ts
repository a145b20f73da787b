/** Proves that silence is counted in whole beats, however early a timer wakes. */
import type { Http2Session } from 'node:http2'
import { afterEach, expect, it, vi } from 'vitest'
import { Heartbeat } from './heartbeat.ts'

const EVERY_MS = 15_000

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

it('engine gateway: a ping that is not answered by the next beat was silent for a beat, also when the timer was early', () => {
  vi.useFakeTimers()
  const clock = vi.spyOn(performance, 'now').mockReturnValue(1_000)
  const answers: (() => void)[] = []
  const session = { destroyed: false, closed: false, ping: (done: () => void) => answers.push(done) }
  const told: number[] = []
  const heartbeat = new Heartbeat(session as unknown as Http2Session, EVERY_MS, (silentMs) => told.push(silentMs))
  const beat = (): void => {
    clock.mockReturnValue(performance.now() + EVERY_MS - 0.4)
    vi.advanceTimersByTime(EVERY_MS)
  }
  for (let n = 0; n < 3; n++) beat()
  answers[0]?.()
  for (let n = 0; n < 2; n++) beat()
  heartbeat.stop()
  expect(told).toEqual([0, EVERY_MS, 2 * EVERY_MS, 0, EVERY_MS])
})
