/** Proves that rows that wait are written in order, in batches, and again after a failure. */
import { silentLog } from '@towline/base'
import { eventually } from '@towline/testkit'
import { expect, it } from 'vitest'
import { WriteQueue } from './write-queue.ts'

it('control write queue: keeps what could not be written, and writes it by itself later, in order', async () => {
  const written: number[][] = []
  let failures = 2
  const queue = new WriteQueue<number>({
    log: silentLog(),
    what: 'rows',
    bound: 5,
    batch: 2,
    flushMs: 1,
    write: async (rows) => {
      if (written.length === 1 && failures-- > 0) throw new Error('away')
      written.push([...rows])
    },
  })
  for (let n = 1; n <= 9; n++) queue.add(n)
  await eventually('all rows', () => (written.length === 3 ? true : undefined))
  expect(written).toEqual([[1, 2], [3, 4], [5]])
  await queue.close()
  queue.add(10)
  await queue.close()
  expect(written.length).toBe(3)
})
