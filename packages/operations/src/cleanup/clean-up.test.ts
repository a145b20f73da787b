/** Proves that a cleanup removes what carries all labels and nothing else, tells what failed, and may run again. */
import { AGENT_LABELS, AppError, type Labels } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { cleanUp } from './clean-up.ts'
import type { Cleaner, CleanupItem } from './cleaner.ts'

const THREAD = AGENT_LABELS.thread
const item = (id: string, labels: Labels): CleanupItem => ({ kind: 'thing', id, labels })

/** Lists all it has, whatever is asked for. */
const cleanerOf = (items: readonly CleanupItem[], refused: Readonly<Record<string, AppError>> = {}) => {
  const left = new Map(items.map((one) => [one.id, one]))
  const asked: string[] = []
  const cleaner: Cleaner = {
    kind: 'thing',
    list: async () => [...left.values()],
    remove: async ({ id }) => {
      asked.push(id)
      if (refused[id]) throw refused[id]
      left.delete(id)
    },
  }
  return { cleaner, asked, left }
}

describe('cleanup', () => {
  it('refuses an empty selection, as that would be everything', async () => {
    verifies('guard.cleanup')
    const { cleaner, asked } = cleanerOf([item('a', {})])
    for (const selection of [{}, { labels: {} }])
      await expect(cleanUp({ ...selection, cleaners: [cleaner] })).rejects.toMatchObject({ code: 'SELECTION_EMPTY' })
    expect(asked).toEqual([])
  })

  it('refuses a thread that a label says otherwise', async () => {
    const twice = { labels: { [THREAD]: 'a' }, thread: 'b', cleaners: [] }
    await expect(cleanUp(twice)).rejects.toMatchObject({ code: 'LABEL_INVALID' })
    expect(await cleanUp({ ...twice, thread: 'a' })).toEqual({ removed: [], failed: [], remaining: [] })
  })

  it('touches nothing that lacks one of the labels, whatever a cleaner lists', async () => {
    verifies('guard.cleanup')
    const mine = item('mine', { [THREAD]: 't', env: 'test' })
    const others = [item('other', { [THREAD]: 'u', env: 'test' }), item('half', { [THREAD]: 't' }), item('none', {})]
    const { cleaner, asked, left } = cleanerOf([mine, ...others])
    const report = await cleanUp({ labels: { env: 'test' }, thread: 't', cleaners: [cleaner] })
    expect(report).toEqual({ removed: [mine], failed: [], remaining: [] })
    expect([asked, [...left.keys()]]).toEqual([['mine'], ['other', 'half', 'none']])
  })

  it('is not led astray by labels that objects have from the start', async () => {
    const { cleaner, asked } = cleanerOf([item('a', {})])
    await cleanUp({ labels: { constructor: 'x', toString: '' }, cleaners: [cleaner] })
    expect(asked).toEqual([])
  })

  it('goes on after what failed, and tells it with what remains; what is gone is no failure', async () => {
    verifies('guard.cleanup')
    const items = ['a', 'b', 'c'].map((id) => item(id, { [AGENT_LABELS.purpose]: 'review' }))
    const [a, b, c] = items
    const refused = {
      a: new AppError('FORBIDDEN', { permission: 'tunnels.cut' }),
      b: new AppError('NOT_FOUND', { what: 'tunnel', id: 'b' }),
    }
    const { cleaner, asked } = cleanerOf(items, refused)
    const gone: Cleaner = {
      ...cleaner,
      list: async () => (await cleaner.list({})).filter((one) => !asked.includes('b') || one !== b),
    }
    expect(await cleanUp({ purpose: 'review', cleaners: [gone] })).toEqual({
      removed: [b, c],
      failed: [{ kind: 'thing', item: a, code: 'FORBIDDEN' }],
      remaining: [a],
    })
  })

  it('tells a thing that two cleaners find once, and as removed when either of them ended it', async () => {
    verifies('guard.cleanup')
    const labels = { [THREAD]: 't' }
    const served = { ...item('loc_1', labels), kind: 'served', tunnelId: 'tun_1' }
    const tunnel = { ...item('tun_1', labels), kind: 'tunnel' }
    const silent = new AppError('MACHINE_SILENT', { machine: 'lab', exposures: 'web (3000)', seconds: 90 })
    const run = (dryRun: boolean) => {
      const tunnels = cleanerOf([tunnel])
      // It is there as long as its tunnel is.
      const serving = {
        ...cleanerOf([], { loc_1: silent }).cleaner,
        list: async () => (tunnels.left.size ? [served] : []),
      }
      return cleanUp({ thread: 't', cleaners: [serving, tunnels.cleaner], dryRun })
    }
    expect(await run(true)).toEqual({ removed: [], failed: [], remaining: [served] })
    expect(await run(false)).toEqual({ removed: [served], failed: [], remaining: [] })
  })

  it('calls nothing removed that could not be looked at again', async () => {
    const mine = item('mine', { [THREAD]: 't' })
    const unreachable = new AppError('SERVER_UNREACHABLE', { url: 'https://x', problem: 'y' })
    let looks = 0
    const list = () => (looks++ === 0 ? Promise.resolve([mine]) : Promise.reject(unreachable))
    const cleaner: Cleaner = { kind: 'thing', list, remove: async () => undefined }
    expect(await cleanUp({ thread: 't', cleaners: [cleaner] })).toEqual({
      removed: [],
      failed: [{ kind: 'thing', code: 'SERVER_UNREACHABLE' }],
      remaining: [mine],
    })
  })

  it('does not call removed what is still there', async () => {
    const mine = item('mine', { [THREAD]: 't' })
    const deaf: Cleaner = { kind: 'thing', list: async () => [mine], remove: async () => undefined }
    expect(await cleanUp({ thread: 't', cleaners: [deaf] })).toEqual({ removed: [], failed: [], remaining: [mine] })
  })

  it('cleans the other kinds when one cannot be listed', async () => {
    const silent: Cleaner = {
      kind: 'remote',
      list: () => Promise.reject(new AppError('SERVER_UNREACHABLE', { url: 'https://x', problem: 'y' })),
      remove: () => Promise.resolve(),
    }
    const mine = item('mine', { [THREAD]: 't' })
    const { cleaner } = cleanerOf([mine])
    expect(await cleanUp({ thread: 't', cleaners: [silent, cleaner] })).toEqual({
      removed: [mine],
      failed: [{ kind: 'remote', code: 'SERVER_UNREACHABLE' }],
      remaining: [],
    })
  })

  it('only looks when told to, and may run again', async () => {
    verifies('guard.cleanup')
    const mine = item('mine', { [THREAD]: 't' })
    const { cleaner, asked } = cleanerOf([mine])
    const request = { thread: 't', cleaners: [cleaner] }
    expect(await cleanUp({ ...request, dryRun: true })).toEqual({ removed: [], failed: [], remaining: [mine] })
    expect(asked).toEqual([])
    expect((await cleanUp(request)).removed).toEqual([mine])
    expect(await cleanUp(request)).toEqual({ removed: [], failed: [], remaining: [] })
  })

  it('ends when it is told to stop', async () => {
    const stop = new AbortController()
    const { cleaner, left } = cleanerOf([item('a', { [THREAD]: 't' }), item('b', { [THREAD]: 't' })])
    const stopping: Cleaner = {
      ...cleaner,
      remove: async (one) => {
        await cleaner.remove(one)
        stop.abort(new Error('enough'))
        stop.signal.throwIfAborted()
      },
    }
    await expect(cleanUp({ thread: 't', cleaners: [stopping], signal: stop.signal })).rejects.toThrow('enough')
    expect([...left.keys()]).toEqual(['b'])
  })
})
