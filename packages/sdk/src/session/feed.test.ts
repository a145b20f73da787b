/** Proves what listeners and loops hear, and that a slow loop holds no more than its bound. */
import { describe, expect, it } from 'vitest'
import { Source } from './feed.ts'

const collect = async <T>(values: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = []
  for await (const value of values) all.push(value)
  return all
}

describe('sdk feed', () => {
  it('sdk feed: keeps the newest values for a slow loop and drops the oldest', async () => {
    const source = new Source<number>(3)
    const values = source.values()
    const first = values.next()
    for (let value = 0; value < 10; value++) source.tell(value)
    source.end()
    expect([(await first).value, await collect(values)]).toEqual([7, [8, 9]])
  })

  it('sdk feed: begins with the present and ends with the source', async () => {
    const source = new Source<string>(8, () => ['now'])
    const all = collect(source.values())
    await Promise.resolve()
    source.tell('then')
    source.end()
    expect(await all).toEqual(['now', 'then'])
    expect(await collect(source.values())).toEqual(['now'])
  })

  it('sdk feed: ends a loop by its signal without an error', async () => {
    const told = new AbortController()
    const all = collect(new Source<string>(8).values(told.signal))
    told.abort()
    expect(await all).toEqual([])
  })

  it('sdk feed: stops telling a listener that has unsubscribed', () => {
    const source = new Source<number>(8)
    const heard: number[] = []
    const stop = source.on((value) => heard.push(value))
    source.tell(1)
    stop()
    source.tell(2)
    expect(heard).toEqual([1])
  })
})
