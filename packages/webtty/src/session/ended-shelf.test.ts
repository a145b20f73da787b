import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { EndedShelf } from './ended-shelf.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const shelf = (): { readonly kept: EndedShelf; readonly gone: string[] } => {
  const gone: string[] = []
  const limits = { webttyEnded: 3, webttyEndedMs: 600_000, webttyEndedBytes: 1000 }
  return { kept: new EndedShelf(limits, (id) => gone.push(id)), gone }
}

describe('webtty sessions: ended processes', () => {
  it('are forgotten after their time', () => {
    const { kept, gone } = shelf()
    kept.put({ id: 'a', bytes: 1 })
    vi.advanceTimersByTime(599_999)
    kept.put({ id: 'b', bytes: 1 })
    expect(gone).toEqual([])
    vi.advanceTimersByTime(1)
    expect(gone).toEqual(['a'])
  })

  it('are forgotten when there are too many, the oldest first', () => {
    const { kept, gone } = shelf()
    for (const id of ['a', 'b', 'c', 'd', 'e']) kept.put({ id, bytes: 1 })
    expect(gone).toEqual(['a', 'b'])
  })

  it('are forgotten when they hold too much, but for the newest', () => {
    const { kept, gone } = shelf()
    kept.put({ id: 'a', bytes: 600 })
    kept.put({ id: 'b', bytes: 600 })
    expect(gone).toEqual(['a'])
    kept.put({ id: 'c', bytes: 5000 })
    expect(gone).toEqual(['a', 'b'])
  })

  it('are all forgotten at the close', () => {
    const { kept, gone } = shelf()
    kept.put({ id: 'a', bytes: 1 })
    kept.close()
    vi.advanceTimersByTime(600_000)
    expect([gone, vi.getTimerCount()]).toEqual([[], 0])
  })
})
