/** Proves what clients do with files, and that a sandbox keeps them to what it holds. */
import { existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { LIMITS } from '@towline/protocol'
import { tempFolder } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bubblewrapIn } from '../../sandbox/find-bubblewrap.ts'
import { ask, connect, type MemoryWire, openPlayed, type Played, START } from '../peer.fixture.ts'

let folder: ReturnType<typeof tempFolder>
let root: string
let played: Played
let wire: MemoryWire
beforeEach(async () => {
  folder = tempFolder('exec-files')
  root = realpathSync(folder.path)
  for (const name of ['work', 'work/kept', 'outside']) mkdirSync(join(root, name))
  writeFileSync(join(root, 'work/a.txt'), 'hello')
  writeFileSync(join(root, 'work/kept/b.txt'), 'kept')
  writeFileSync(join(root, 'outside/c.txt'), 'other')
  played = openPlayed()
  ;[wire] = await connect(played.server)
})
afterEach(async () => {
  await played.server.close()
  folder.remove()
})

const uri = (name: string): string => pathToFileURL(join(root, name)).href
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const entry = (name: string, access: string) => ({ path: { type: 'path', path: uri(name) }, access })
const sandboxOf = () => ({
  permissions: {
    type: 'managed',
    network: 'restricted',
    file_system: { type: 'restricted', entries: [entry('work', 'write'), entry('work/kept', 'read')] },
  },
})

describe('exec-server files: a sandbox refuses', () => {
  it.each<[string, object]>([
    ['fs/readFile', { path: 'outside/c.txt' }],
    ['fs/readFile', { path: 'work/../outside/c.txt' }],
    ['fs/open', { path: 'outside/c.txt', handleId: 'h' }],
    ['fs/getMetadata', { path: 'outside/c.txt' }],
    ['fs/canonicalize', { path: 'outside/c.txt' }],
    ['fs/readDirectory', { path: 'outside' }],
    ['fs/walk', { path: 'outside', options: {} }],
    ['fs/writeFile', { path: 'work/kept/b.txt', dataBase64: base64('x') }],
    ['fs/writeFile', { path: 'outside/new.txt', dataBase64: base64('x') }],
    ['fs/createDirectory', { path: 'work/kept/new', recursive: true }],
    ['fs/remove', { path: 'work/kept/b.txt' }],
    ['fs/remove', { path: 'work', recursive: true }],
  ])('%s of %j', async (method, params) => {
    verifies('execd.sandbox')
    const path = uri((params as { path: string }).path)
    const { error } = await ask(wire, method, { ...params, path, sandbox: sandboxOf() })
    expect(error).toEqual({ code: -32002, message: expect.stringContaining('SANDBOX_REFUSED') })
    expect(readFileSync(join(root, 'work/kept/b.txt'), 'utf8')).toBe('kept')
    expect(existsSync(join(root, 'outside/new.txt'))).toBe(false)
  })

  it('a way out by a link', async () => {
    verifies('execd.sandbox')
    symlinkSync(join(root, 'outside'), join(root, 'work/way'))
    symlinkSync(join(root, 'outside/c.txt'), join(root, 'work/c.txt'))
    for (const path of ['work/way/c.txt', 'work/c.txt']) {
      const read = await ask(wire, 'fs/readFile', { path: uri(path), sandbox: sandboxOf() })
      expect(read.error?.message).toContain('SANDBOX_REFUSED')
      const write = { path: uri(path), dataBase64: base64('x'), sandbox: sandboxOf() }
      expect((await ask(wire, 'fs/writeFile', write)).error?.message).toContain('SANDBOX_REFUSED')
    }
    expect(readFileSync(join(root, 'outside/c.txt'), 'utf8')).toBe('other')
  })

  it.each<[string, object, string]>([
    ['below a folder that a pattern denies', { type: 'glob_pattern', pattern: '**/kept' }, 'kept/b.txt'],
    ['of a denied place that was named by a link', { type: 'path', path: 'link' }, 'kept/b.txt'],
    ['that is to be made in one that was named by a link', { type: 'path', path: 'link/.git' }, 'kept/.git'],
  ])('a file %s', async (_, { path, ...place }: { path?: string }, name) => {
    verifies('execd.sandbox')
    symlinkSync(join(root, 'work/kept'), join(root, 'link'))
    const denied = { path: { ...place, ...(path !== undefined && { path: uri(path) }) }, access: 'deny' }
    const file_system = { type: 'restricted', entries: [entry('work', 'write'), denied] }
    const permissions = { type: 'managed', network: 'restricted', file_system }
    const sandbox = { permissions, workspaceRoots: [uri('work')] }
    const write = { path: uri(`work/${name}`), dataBase64: base64('x'), sandbox }
    expect((await ask(wire, 'fs/writeFile', write)).error?.message).toContain('SANDBOX_REFUSED')
  })

  it('a copy out, in over what is kept, or of what is not to be read', async () => {
    const copy = (sourcePath: string, destinationPath: string) =>
      ask(wire, 'fs/copy', {
        sourcePath: uri(sourcePath),
        destinationPath: uri(destinationPath),
        recursive: true,
        sandbox: sandboxOf(),
      })
    for (const [from, to] of [
      ['work/a.txt', 'outside/a.txt'],
      ['work/a.txt', 'work/kept/a.txt'],
      ['outside/c.txt', 'work/c.txt'],
    ] as const)
      expect((await copy(from, to)).error?.message).toContain('SANDBOX_REFUSED')
  })
})

describe('exec-server files', () => {
  const told = async (method: string, params: object) => (await ask(wire, method, params)).result

  it.each([
    ['without a sandbox', () => null],
    ['within one', sandboxOf],
  ])('are read and changed %s', async (_, sandbox) => {
    const at = (path: string) => ({ path: uri(path), sandbox: sandbox() })
    expect(await told('fs/readFile', at('work/a.txt'))).toEqual({ dataBase64: base64('hello') })
    await told('fs/createDirectory', { ...at('work/x/y'), recursive: true })
    expect(await told('fs/writeFile', { ...at('work/x/y/n.txt'), dataBase64: base64('new') })).toEqual({})
    expect(await told('fs/getMetadata', at('work/x/y/n.txt'))).toMatchObject({
      isFile: true,
      isSymlink: false,
      size: 3,
    })
    expect(await told('fs/canonicalize', at('work/x/../a.txt'))).toEqual({ path: uri('work/a.txt') })
    expect(await told('fs/readDirectory', at('work'))).toEqual({
      entries: [
        { fileName: 'a.txt', isDirectory: false, isFile: true },
        { fileName: 'kept', isDirectory: true, isFile: false },
        { fileName: 'x', isDirectory: true, isFile: false },
      ],
    })
    const walked = await told('fs/walk', { ...at('work'), options: { maxDepth: 2 } })
    expect(walked).toMatchObject({ truncated: true, errors: [] })
    expect(walked.entries.map(({ path }: { path: string }) => path)).toContain(uri('work/kept/b.txt'))
    expect(await told('fs/remove', { ...at('work/x'), recursive: true })).toEqual({})
    expect(existsSync(join(root, 'work/x'))).toBe(false)
  })

  it('are read in blocks', async () => {
    await told('fs/open', { handleId: 'h', path: uri('work/a.txt') })
    expect(await told('fs/readBlock', { handleId: 'h', offset: 1, len: 2 })).toEqual({
      chunk: base64('el'),
      eof: false,
    })
    expect(await told('fs/readBlock', { handleId: 'h', offset: 3, len: 9 })).toEqual({ chunk: base64('lo'), eof: true })
    expect(await told('fs/close', { handleId: 'h' })).toEqual({})
    expect((await ask(wire, 'fs/readBlock', { handleId: 'h', offset: 0, len: 1 })).error?.code).toBe(-32004)
  })

  it('that are too long are not read whole', async () => {
    writeFileSync(join(root, 'long'), Buffer.alloc(LIMITS.execServerFileBytes + 1))
    expect((await ask(wire, 'fs/readFile', { path: uri('long') })).error?.message).toContain('EXEC_FILE_TOO_LONG')
  })
})

describe('exec-server sandbox of a process', () => {
  it('is handed to bubblewrap', async () => {
    const start = { ...START, cwd: uri('work'), sandbox: sandboxOf() }
    expect((await ask(wire, 'process/start', start)).result).toEqual({ processId: 'p1', sandboxType: 'linuxSeccomp' })
    expect(played.processes[0]?.spec.argv[0]).toMatch(/bwrap|sh$/)
  })

  it('is refused with what to install, never left out', async () => {
    verifies('execd.sandbox')
    const { server, processes } = openPlayed(bubblewrapIn('/nowhere'))
    const [other] = await connect(server)
    const { error } = await ask(other, 'process/start', { ...START, sandbox: sandboxOf() })
    expect(error?.message).toContain('apt-get install bubblewrap')
    expect(processes).toEqual([])
    await server.close()
  })

  it('is refused where it wants a network of the client', async () => {
    verifies('execd.sandbox')
    const { error } = await ask(wire, 'process/start', { ...START, enforceManagedNetwork: true })
    expect(error?.message).toContain('SANDBOX_UNSUPPORTED')
    expect(played.processes).toEqual([])
  })

  it('tells a failure that looks like its own', async () => {
    await ask(wire, 'process/start', { ...START, sandbox: sandboxOf() })
    played.processes[0]?.prints('touch: cannot touch x: Read-only file system')
    played.processes[0]?.exits(1)
    const exited = wire.told.find(({ method }) => method === 'process/exited')
    expect(exited?.params).toMatchObject({ exitCode: 1, sandboxDenied: true })
  })
})
