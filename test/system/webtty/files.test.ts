/** Proves that files of a machine are reached by the command line through the relay, and that it says what they are not. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, towline, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeIn, type Machines, openMachines, type Ran } from './machines.ts'

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

describe.concurrent('webtty fs', () => {
  let machines: Machines
  const at = (...parts: readonly string[]): string => join(machines.up.folder.path, ...parts)
  beforeAll(async () => {
    machines = await openMachines([])
    for (const name of ['served', 'guarded']) mkdirSync(at(name))
    writeFileSync(at('guarded', 'kept'), 'kept')
    await machines.serve('lab', ['--fs-root', at('served')])
    await machines.serve('guarded', ['--no-publish', '--fs-root', at('guarded'), '--fs-read-only'])
    await machines.serve('bare')
  })
  afterAll(() => machines?.[Symbol.asyncDispose]())

  const fs = async (name: string, verb: string, words: readonly string[], input?: string): Promise<Ran> => {
    const line = ['webtty', 'fs', verb, '--url', `tow://${name}`, ...words]
    const ran = await machines.up.run(line, input === undefined ? {} : { input })
    return { ...ran, code: codeIn(ran.stderr) }
  }
  const done = async (verb: string, words: readonly string[], input?: string): Promise<string> => {
    const { status, stdout, stderr } = await fs('lab', verb, words, input)
    expect({ verb, status, stderr }).toEqual({ verb, status: 0, stderr: '' })
    return stdout
  }

  it('says that a machine serves none, and how it would', async () => {
    verifies('fs.verbs')
    await machines.serve('bare')
    expect(await fs('bare', 'ls', ['/'])).toMatchObject({ status: 3, code: 'FILES_OFF', stdout: '' })
  })

  it('writes, reads, lists, moves and removes', async () => {
    verifies('fs.verbs')
    await done('mkdir', ['-p', '/a/b'])
    await done('write', ['/a/b/note'], 'one\n')
    expect(await done('read', ['/a/b/note'])).toBe('one\n')
    expect(readFileSync(at('served', 'a', 'b', 'note'), 'utf8')).toBe('one\n')
    expect(JSON.parse(await done('stat', ['/a/b/note', '-o', 'json']))).toMatchObject({ type: 'file', size: 4 })
    await done('mv', ['/a/b/note', '/a/moved'])
    expect(await done('ls', ['/a'])).toMatch(/^[^]*\bmoved\b[^]*$/)
    expect((await fs('lab', 'read', ['/a/b/note'])).code).toBe('FILE_NOT_FOUND')
    await done('rm', ['-r', '/a'])
    expect(readdirSync(at('served'))).not.toContain('a')
  })

  it('carries 20 MB up and down, the same bytes', async () => {
    verifies('fs.verbs')
    const bytes = randomBytes(20_000_000)
    writeFileSync(at('up'), bytes)
    const sent = await fs('lab', 'upload', [at('up'), '/big'])
    expect([sent.status, digest(readFileSync(at('served', 'big')))]).toEqual([0, digest(bytes)])
    const got = await fs('lab', 'download', ['/big', at('down')])
    expect([got.status, digest(readFileSync(at('down')))]).toEqual([0, digest(bytes)])
  })

  it('says that what is read cannot be written here, and not that the way there broke', async () => {
    writeFileSync(at('served', 'long'), randomBytes(3_000_000))
    const line = towline('webtty', 'fs', 'read', '--url', 'tow://lab', '/long')
    const ran = await run(['sh', '-c', '"$@" > /dev/full', 'sh', ...line], { env: machines.up.env })
    expect({ status: ran.status, code: codeIn(ran.stderr) }).toEqual({ status: 6, code: 'OUTPUT_FAILED' })
  })

  it.each([
    ['write', ['/new'], 'x'],
    ['mkdir', ['/new']],
    ['mv', ['/kept', '/new']],
    ['rm', ['/kept']],
  ] as const)('refuses %s where files are read-only', async (verb, words, input?: string) => {
    verifies('fs.readonly')
    const { status, code } = await fs('guarded', verb, words, input)
    expect({ failed: status !== 0, code, left: readdirSync(at('guarded')) }).toEqual({
      failed: true,
      code: 'FILE_READ_ONLY',
      left: ['kept'],
    })
    expect((await fs('guarded', 'read', ['/kept'])).stdout).toBe('kept')
  })

  it('leads nowhere else, and says that a machine serves none', async () => {
    verifies('fs.confined')
    expect((await fs('lab', 'read', ['/../../etc/passwd'])).code).toBe('FILE_OUTSIDE')
    const { status, stdout } = await fs('bare', 'ls', ['/'])
    expect({ failed: status !== 0, stdout }).toEqual({ failed: true, stdout: '' })
  })

  it('says that it is no sandbox', async () => {
    verifies('fs.not-sandbox')
    const program = machines.up.start(['webtty', 'server', '--name', 'told', '--fs-root', at('served')])
    await program.complains(/no sandbox/)
    await program.stop()
    expect(readFileSync(new URL('../../../docs/guide/remote-machines.md', import.meta.url), 'utf8')).toMatch(
      /no sandbox/,
    )
  })

  it('is refused together with end-to-end encryption, at the start and by who asks', async () => {
    verifies('fs.e2e-refused')
    const { up } = machines
    for (const name of ['vault', 'laptop']) await up.run(['webtty', 'identity', 'create', name])
    const both = await up.run(['webtty', 'server', '--name', 'vault', '--identity', 'vault', '--fs-root', at('served')])
    expect({ status: both.status, code: codeIn(both.stderr), stdout: both.stdout }).toEqual({
      status: 2,
      code: 'FILES_ENCRYPTED',
      stdout: '',
    })
    const key = (await up.run(['webtty', 'identity', 'show', 'vault', '--endpoint-identity'])).stdout.trim()
    await up.run(['webtty', 'known-server', 'add', 'vault', '--key', key, '--client-identity', 'laptop'])
    // A pinned server is never asked for files, not even when one in the clear takes its name.
    await machines.serve('vault', ['--fs-root', at('served')])
    expect((await fs('vault', 'ls', ['/'])).code).toBe('FILES_ENCRYPTED')
  })
})
