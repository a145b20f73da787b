/** Proves watches: what is told, how deep, what is missed, and how many there may be. */
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { type ClientRequest, request } from 'node:http'
import { join } from 'node:path'
import { LIMITS } from '@towline/protocol'
import { Inbox, verifies } from '@towline/testkit'
import { describe, expect, it } from 'vitest'
import { type ServedFolder, serveFolder } from '../files.fixture.ts'
import { Watches } from './watches.ts'

interface Told {
  readonly event: string
  readonly data: { readonly path?: string; readonly type?: string | null }
}

interface Listener extends Disposable {
  readonly told: Inbox<Told>
  /** The first such change from the last that was waited for. */
  change(path: string, type: string | null): Promise<Told>
  event(name: string): Promise<Told>
}

const listen = async ({ port }: ServedFolder, query = '', headers = {}): Promise<Listener> => {
  const told = new Inbox<Told>()
  const req: ClientRequest = request({ port, host: '127.0.0.1', path: `/v1/watch${query}`, headers, agent: false })
  req.on('error', () => told.end('it was cut'))
  req.once('response', (res) => {
    let text = ''
    res.setEncoding('utf8').on('data', (part: string) => {
      const blocks = (text + part).split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const [, event = '', data = '{}'] = /event: (\w+)\ndata: (.*)/.exec(block) ?? []
        if (event !== '') told.put({ event, data: JSON.parse(data) as Told['data'] })
      }
    })
    res.once('close', () => told.end('it ended'))
    if (res.statusCode !== 200) told.put({ event: String(res.statusCode), data: {} })
  })
  req.end()
  const listener: Listener = {
    told,
    change: (path, type) => told.until(`${path} ${type}`, ({ data }) => data.path === path && data.type === type),
    event: (name) => told.until(name, ({ event }) => event === name),
    [Symbol.dispose]: () => req.destroy(),
  }
  await told.until('an answer', () => true)
  return listener
}

describe('webtty files watch', () => {
  it('tells of what comes, changes and goes in a folder', async () => {
    verifies('fs.verbs')
    await using served = await serveFolder()
    using listener = await listen(served)
    writeFileSync(join(served.root, 'new'), 'x')
    await listener.change('/new', 'file')
    renameSync(join(served.root, 'new'), join(served.root, 'other'))
    await listener.change('/new', null)
    await listener.change('/other', 'file')
    symlinkSync('../outside', join(served.root, 'link'))
    await listener.change('/link', 'link')
    expect(listener.told.all.filter(({ data }) => data.path?.includes('outside') === true)).toEqual([])
  })

  it('tells of folders below, also those that come, only when asked', async () => {
    await using served = await serveFolder()
    using deep = await listen(served, '?recursive=1')
    using flat = await listen(served)
    writeFileSync(join(served.root, 'a/b/f'), 'y')
    await deep.change('/a/b/f', 'file')
    mkdirSync(join(served.root, 'x/y/z'), { recursive: true })
    await deep.change('/x/y/z', 'folder')
    writeFileSync(join(served.root, 'x/y/z/file'), 'y')
    await deep.change('/x/y/z/file', 'file')
    renameSync(join(served.root, 'x'), join(served.root, 'moved'))
    await deep.change('/x', null)
    await deep.change('/moved', 'folder')
    writeFileSync(join(served.root, 'moved/y/z/more'), 'y')
    await deep.change('/moved/y/z/more', 'file')
    await flat.change('/moved', 'folder')
    expect(flat.told.all.filter(({ data }) => (data.path?.split('/').length ?? 0) > 2)).toEqual([])
  })

  it('follows no link', async () => {
    await using served = await serveFolder()
    symlinkSync('../outside', join(served.root, 'link'))
    using listener = await listen(served, '?recursive=1')
    writeFileSync(join(served.outside, 'quiet'), '')
    writeFileSync(join(served.root, 'loud'), '')
    await listener.change('/loud', 'file')
    expect(listener.told.all.filter(({ data }) => data.path !== '/loud').map(({ event }) => event)).toEqual(['ready'])
  })

  it('tells whoever comes back that changes were missed', async () => {
    await using served = await serveFolder()
    using listener = await listen(served, '', { 'last-event-id': '7' })
    await listener.event('overflow')
  })

  it('ends when the folder is gone', async () => {
    await using served = await serveFolder()
    using listener = await listen(served, '?path=a/b')
    rmSync(join(served.root, 'a/b'), { recursive: true })
    await listener.event('gone')
  })

  it('says overflow instead of more changes than may wait', async () => {
    await using served = await serveFolder({ limits: { filesWatchPending: 10 } })
    using listener = await listen(served)
    for (let index = 0; index < 200; index++) writeFileSync(join(served.root, `f${index}`), '')
    await listener.event('overflow')
  })

  it('refuses files, more watches and more folders than there may be', async () => {
    await using served = await serveFolder({ limits: { filesWatches: 1, filesWatchFolders: 2 } })
    expect((await served.ask('GET', '/v1/watch?path=hello.txt')).code).toBe('FILE_NOT_FOLDER')
    expect((await served.ask('GET', '/v1/watch?recursive=1')).code).toBe('LIMIT_REACHED')
    using listener = await listen(served)
    expect((await served.ask('GET', '/v1/watch')).code).toBe('LIMIT_REACHED')
    expect(listener.told.all).toHaveLength(1)
  })

  it('takes a turn with half the queue of the kernel for one in which events were dropped', async () => {
    await using served = await serveFolder()
    const watches = new Watches({ ...LIMITS, filesWatchPending: 1_000 }, 20)
    const { makeWalk } = await import('../root/walk.ts')
    const { openRoot } = await import('../root/open-root.ts')
    const root = openRoot(served.root)
    const told = new Inbox<string>()
    const sink = {
      change: () => told.put('change'),
      overflow: () => told.put('overflow'),
      gone: () => told.put('gone'),
    }
    const ask = {
      parts: [],
      recursive: false,
      walk: makeWalk(root, LIMITS),
      signal: new AbortController().signal,
      sink,
    }
    const watch = await watches.open(ask)
    try {
      for (let index = 0; index < 20; index++) writeFileSync(join(served.root, `f${index}`), '')
      await told.until('overflow', (word) => word === 'overflow')
    } finally {
      watches.close(watch)
      root.close()
    }
  })
})
