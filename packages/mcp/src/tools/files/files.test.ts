/** Proves the tools for files of a machine, against a relay and a machine of this process. */
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, openWorkstation, type Workstation } from '../tools.fixture.ts'

const url = 'tow://lab'
const CANARY = 'canary-of-a-secret-5555'

let station: Workstation
let root: string
let cwd: string
beforeAll(async () => {
  station = await openWorkstation({}, { DEPLOY_KEY: CANARY })
  root = await station.serve('lab')
  ;({ cwd } = station.deps)
})
afterAll(() => station.close())

const fs = (verb: string, args: Answer = {}): Promise<Answer> =>
  station.use(`towline_webtty_fs_${verb}`, { url, ...args })

const refusal = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'none',
    (error: { code?: string; message: string }) => error.code ?? error.message,
  )

describe('mcp webtty fs: what is refused', () => {
  it.each<readonly [string, string, Answer, string]>([
    ['a file that is not there', 'read', { path: '/none' }, 'FILE_NOT_FOUND'],
    ['a path out of the folder', 'read', { path: '/../../etc/passwd' }, 'FILE_OUTSIDE'],
    [
      'createOnly with ifMatch',
      'write',
      { path: '/x', content: '', createOnly: true, ifMatch: '"a"' },
      'REQUEST_INVALID',
    ],
    ['what is no base64', 'write', { path: '/x', content: 'a?b', encoding: 'base64' }, 'REQUEST_INVALID'],
    ['a secret that is unknown', 'write', { path: '/x', content: 'secret://env/NONE' }, 'SECRET_REFUSED'],
    ['a local file that is not there', 'upload', { path: '/x', localPath: 'none' }, 'LOCAL_FILE'],
  ])('%s', async (_what, verb, args, code) => {
    expect(await refusal(fs(verb, args))).toBe(code)
    expect(existsSync(join(root, 'x'))).toBe(false)
  })

  it("sending Towline's own files, or replacing them, by any path", async () => {
    writeFileSync(join(root, 'there'), 'x')
    const home = join(station.folder, 'home')
    writeFileSync(join(home, 'contexts.json'), 'tokens')
    symlinkSync(home, join(cwd, 'way'))
    for (const localPath of ['../home/contexts.json', join(home, 'contexts.json'), 'way/contexts.json'])
      expect(await refusal(fs('upload', { path: '/stolen', localPath }))).toBe('LOCAL_FILE')
    for (const localPath of ['../home/new', 'way/new', 'way'])
      expect(await refusal(fs('download', { path: '/there', localPath }))).toBe('LOCAL_FILE')
    expect([existsSync(join(root, 'stolen')), existsSync(join(home, 'new'))]).toEqual([false, false])
  })

  it('replacing what has changed since it was read', async () => {
    verifies('mcp.webtty')
    const { etag } = await fs('write', { path: '/shared', content: 'one' })
    await fs('write', { path: '/shared', content: 'two, by somebody else' })
    expect(await refusal(fs('write', { path: '/shared', content: 'three', ifMatch: etag }))).toBe('FILE_CHANGED')
    expect(await refusal(fs('write', { path: '/shared', content: 'four', createOnly: true }))).toBe('FILE_CHANGED')
    expect(readFileSync(join(root, 'shared'), 'utf8')).toBe('two, by somebody else')
  })

  it('putting a download in place of what is there, unless told to', async () => {
    verifies('mcp.webtty')
    writeFileSync(join(root, 'remote'), 'of the machine')
    writeFileSync(join(cwd, 'kept'), 'mine')
    expect(await refusal(fs('download', { path: '/remote', localPath: 'kept' }))).toBe('LOCAL_FILE')
    expect(readFileSync(join(cwd, 'kept'), 'utf8')).toBe('mine')
    await fs('download', { path: '/remote', localPath: 'kept', overwrite: true })
    expect(readFileSync(join(cwd, 'kept'), 'utf8')).toBe('of the machine')
  })

  it('moving onto what is there counts as deleting', async () => {
    const args = { url, from: '/a', to: '/b' }
    expect(await station.riskOf('towline_webtty_fs_move', args)).toBe('write')
    expect(await station.riskOf('towline_webtty_fs_move', { ...args, overwrite: true })).toBe('delete')
  })
})

describe('mcp webtty fs', () => {
  it('makes, writes, looks, lists, moves and deletes', async () => {
    verifies('mcp.webtty')
    expect(await fs('mkdir', { path: '/d/e', parents: true })).toMatchObject({ path: '/d/e', type: 'folder' })
    expect(await fs('write', { path: '/d/a.txt', content: 'grüße\n', mode: '600' })).toMatchObject({
      ...{ path: '/d/a.txt', bytes: 8, created: true },
    })
    expect(await fs('stat', { path: '/d/a.txt' })).toMatchObject({ type: 'file', size: 8, mode: '0600' })
    const listed = await fs('list', { path: '/d' })
    expect((listed['entries'] as Answer[]).map(({ path }) => path)).toEqual(['/d/a.txt', '/d/e'])
    expect(await fs('move', { from: '/d/a.txt', to: '/d/e/b.txt' })).toMatchObject({ path: '/d/e/b.txt' })
    expect(await fs('delete', { path: '/d', recursive: true })).toEqual({ path: '/d', deleted: true })
    expect(existsSync(join(root, 'd'))).toBe(false)
  })

  it('lists a folder page by page', async () => {
    mkdirSync(join(root, 'many'))
    for (let count = 0; count < 7; count++) writeFileSync(join(root, 'many', `f${count}`), '')
    const names: string[] = []
    let cursor: unknown
    do {
      const page = await fs('list', { path: '/many', limit: 3, ...(cursor ? { cursor } : {}) })
      names.push(...(page['entries'] as { path: string }[]).map(({ path }) => path))
      cursor = page['cursor']
    } while (cursor !== undefined)
    expect(names).toEqual(Array.from({ length: 7 }, (_, count) => `/many/f${count}`))
    const some = await fs('list', { path: '/many', glob: '*3' })
    expect((some['entries'] as { path: string }[]).map(({ path }) => path)).toEqual(['/many/f3'])
  })

  it('reads a file in parts without cutting a character, and bytes as base64', async () => {
    verifies('mcp.webtty')
    const text = 'aä€😀'.repeat(50)
    writeFileSync(join(root, 'text'), text)
    let all = ''
    let [offset, more, etag] = [0, true, undefined as unknown]
    while (more) {
      const part = await fs('read', { path: '/text', offset, maxBytes: 33, ...(etag ? { ifMatch: etag } : {}) })
      expect(part['encoding']).toBe('utf8')
      all += String(part['content'])
      ;[offset, more, etag] = [Number(part['nextOffset']), part['more'] === true, part['etag']]
    }
    expect(all).toBe(text)
    writeFileSync(join(root, 'bytes'), Buffer.from([0xff, 0, 1]))
    expect(await fs('read', { path: '/bytes' })).toMatchObject({ content: '/wAB', encoding: 'base64', totalBytes: 3 })
    expect(await fs('read', { path: '/text', maxBytes: 4, encoding: 'base64' })).toMatchObject({ nextOffset: 4 })
  })

  it('reads an empty file, and from the end of one', async () => {
    writeFileSync(join(root, 'empty'), '')
    expect(await fs('read', { path: '/empty' })).toMatchObject({ content: '', more: false, totalBytes: 0 })
    writeFileSync(join(root, 'short'), 'abc')
    expect(await fs('read', { path: '/short', offset: 3 })).toMatchObject({ content: '', nextOffset: 3, more: false })
    expect(await fs('read', { path: '/short', offset: 99 })).toMatchObject({ content: '', more: false, totalBytes: 3 })
  })

  it('sends and fetches files of this workstation, relative to where the server started', async () => {
    verifies('mcp.webtty')
    const bytes = Buffer.alloc(700_000, 'towline')
    writeFileSync(join(cwd, 'big.bin'), bytes)
    const sent = await fs('upload', { path: '/up/', localPath: 'big.bin', mkdirs: true })
    expect(sent).toMatchObject({ path: '/up/big.bin', bytes: bytes.length })
    expect(await refusal(fs('upload', { path: '/up/big.bin', localPath: 'big.bin' }))).toBe('FILE_CHANGED')
    mkdirSync(join(cwd, 'in'))
    const got = await fs('download', { path: '/up/big.bin', localPath: 'in' })
    expect(got).toMatchObject({ localPath: join(cwd, 'in', 'big.bin'), sha256: sent['sha256'] })
    expect(readFileSync(join(cwd, 'in', 'big.bin')).equals(bytes)).toBe(true)
  })

  it('writes a secret by its reference, and shows it nowhere', async () => {
    verifies('guard.secrets')
    const answer = await fs('write', { path: '/key', content: 'secret://env/DEPLOY_KEY', mode: '600' })
    expect(readFileSync(join(root, 'key'), 'utf8')).toBe(CANARY)
    expect(statSync(join(root, 'key')).mode & 0o777).toBe(0o600)
    expect(JSON.stringify(answer)).not.toContain(CANARY)
    expect(await fs('read', { path: '/key' })).toMatchObject({ content: '***' })
  })
})
