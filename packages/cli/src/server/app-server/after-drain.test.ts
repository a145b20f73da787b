/** Proves that what is served has drained before the place where it is served goes. */
import { expect, it } from 'vitest'
import { afterDrain } from './after-drain.ts'

it('app-server tunnel: stays while turns that run have their time', async () => {
  const stop = new AbortController()
  let drained = (): void => undefined
  const drain = (): Promise<void> => new Promise((done) => (drained = done))
  const ended = afterDrain(stop.signal, { drain })
  stop.abort(new Error('told to end'))
  await new Promise(setImmediate)
  expect(ended.aborted).toBe(false)
  drained()
  await new Promise(setImmediate)
  expect(ended.reason).toBe(stop.signal.reason)
})

it.each([
  ['without a drain', {}],
  ['with one that fails', { drain: () => Promise.reject(new Error('broken')) }],
])('app-server tunnel: ends %s', async (_, served) => {
  const stop = new AbortController()
  const ended = afterDrain(stop.signal, served)
  stop.abort()
  await new Promise(setImmediate)
  expect(ended.aborted).toBe(true)
  expect(afterDrain(stop.signal, served).aborted).toBe(true)
})
