/** Proves that a client which looked for something in vain hears when it has to look again, and only then. */
import { mkdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { LIMITS } from '@towline/protocol'
import { tempFolder } from '@towline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ask, connect, type MemoryWire, openPlayed, type Played } from '../peer.fixture.ts'

let folder: ReturnType<typeof tempFolder>
let root: string
let played: Played
let wire: MemoryWire
let sessionId: string
beforeEach(async () => {
  folder = tempFolder('exec-missing')
  root = realpathSync(folder.path)
  mkdirSync(join(root, 'work/app'), { recursive: true })
  played = openPlayed()
  const [opened, { result }] = await connect(played.server)
  wire = opened
  sessionId = result.sessionId
})
afterEach(async () => {
  await played.server.close()
  folder.remove()
})

const at = (name: string): string => join(root, name)
const uri = (name: string): string => pathToFileURL(at(name)).href
const watch = async (watchId: number, missing: readonly string[], present?: string) => {
  const params = { watchId, missing: missing.map(uri), present: present === undefined ? null : uri(present) }
  return (await ask(wire, 'fs/watchMissing', params)).result
}
const changed = (watchId: number) =>
  wire.said(
    `that ${watchId} changed`,
    ({ method, params }) => method === 'fs/missingChanged' && params.watchId === watchId,
  )
const toldOf = (): readonly number[] =>
  wire.told.filter(({ method }) => method === 'fs/missingChanged').map(({ params }) => params.watchId)

describe('exec-server missing paths', () => {
  it.each<[string, readonly string[], string | undefined]>([
    ['nothing', [], undefined],
    ['what is there', ['work/.git', 'work/app'], undefined],
    ['what is gone', ['work/.git'], 'work/gone'],
    ['what a link leads to', ['link/.git'], undefined],
    ['a link that leads nowhere', ['nowhere'], undefined],
    ['more than it may', Array.from({ length: LIMITS.execServerMissing + 1 }, (_, at) => `work/${at}`), undefined],
  ])('are not watched when they are %s', async (_, missing, present) => {
    symlinkSync(at('work'), at('link'))
    symlinkSync(at('gone'), at('nowhere'))
    expect(await watch(1, missing, present)).toEqual({ watching: false })
  })

  it.each<[string, readonly string[], () => void]>([
    ['a file came', ['work/app/AGENTS.md'], () => writeFileSync(at('work/app/AGENTS.md'), '')],
    ['one of many came', ['work/app/.git', 'work/.git', '.git'], () => mkdirSync(at('work/.git'))],
    ['a folder on the way came', ['work/app/.agents/skills'], () => mkdirSync(at('work/app/.agents'))],
    ['a folder on the way went', ['work/app/.git'], () => rmSync(at('work/app'), { recursive: true })],
    ['a folder above was replaced', ['work/app/.git'], () => renameSync(at('work'), at('other'))],
  ])('are told when %s, once', async (_, missing, happen) => {
    expect(await watch(1, missing)).toEqual({ watching: true })
    happen()
    await changed(1)
    expect(await watch(2, ['work2'])).toEqual({ watching: true })
    mkdirSync(at('work2'))
    await changed(2)
    expect(toldOf()).toEqual([1, 2])
  })

  it('are told when what was to stay went, and not when others come beside them', async () => {
    expect(await watch(1, ['work/.git'], 'work/app')).toEqual({ watching: true })
    writeFileSync(at('work/other'), '')
    expect(await watch(2, ['work/second'])).toEqual({ watching: true })
    writeFileSync(at('work/second'), '')
    await changed(2)
    expect(toldOf()).toEqual([2])
    rmSync(at('work/app'), { recursive: true })
    await changed(1)
    expect(toldOf()).toEqual([2, 1])
  })

  it('give way to newer ones, and the oldest is told to be looked for again', async () => {
    for (let id = 1; id <= LIMITS.execServerMissingWatches; id++) await watch(id, ['work/.git'])
    await watch(2, ['work/new'])
    expect(toldOf()).toEqual([])
    await watch(100, ['work/.git'])
    expect(toldOf()).toEqual([1])
  })

  it('are told to who comes back, when they came meanwhile', async () => {
    await watch(1, ['work/.git'])
    wire.close()
    const [watcher] = await connect(played.server)
    await ask(watcher, 'fs/watchMissing', { watchId: 7, missing: [uri('work/.git')] })
    mkdirSync(at('work/.git'))
    await watcher.said('that it came', ({ method }) => method === 'fs/missingChanged')
    ;[wire] = await connect(played.server, sessionId)
    await changed(1)
  })

  it('are announced in what a client is told first', async () => {
    const [, { result }] = await connect(played.server)
    const { result: info } = await ask(wire, 'environment/info')
    expect(result.environmentInfo).toEqual(info)
    expect(info.capabilities).toEqual({ fsWatchMissing: true })
  })
})
