/** Proves archives: what tar of others reads and writes, and every entry that is refused. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { join } from 'node:path'
import { tempFolder, verifies } from '@towline/testkit'
import { describe, expect, it } from 'vitest'
import { serveFolder, url } from '../files.fixture.ts'
import { readTar } from './read-tar.ts'
import { readHeader, type TarEntry, writeHeader } from './tar-header.ts'

const file = (path: string, text = '', rest: Partial<TarEntry> = {}): Buffer => {
  const size = Buffer.byteLength(text)
  const header = writeHeader({ path, type: '0', size, mode: 0o644, mtime: 0, ...rest })
  return Buffer.concat([header, Buffer.from(text), Buffer.alloc((512 - (size % 512)) % 512)])
}
const END = Buffer.alloc(1_024)

describe('webtty files archive: what is refused', () => {
  it('takes no entry that could lead elsewhere', async () => {
    verifies('fs.confined')
    await using served = await serveFolder({ limits: { filesArchiveEntries: 3, filesArchiveBytes: 1_000 } })
    symlinkSync('../outside', join(served.root, 'out'))
    symlinkSync('../outside/new', join(served.root, 'dangling'))
    const link = (type: string): Buffer =>
      writeHeader({ path: 'l', type, size: 0, mode: 0o777, mtime: 0, link: '../outside' })
    const refused = [
      ['parent', file('../x', 'x'), 'FILE_ARCHIVE_REFUSED'],
      ['parent within', file('a/../../x', 'x'), 'FILE_ARCHIVE_REFUSED'],
      ['absolute', file('/etc/x', 'x'), 'FILE_ARCHIVE_REFUSED'],
      ['long parent', file(`../${'x'.repeat(120)}`, 'x'), 'FILE_ARCHIVE_REFUSED'],
      ['symbolic link', link('2'), 'FILE_ARCHIVE_REFUSED'],
      ['hard link', link('1'), 'FILE_ARCHIVE_REFUSED'],
      ['device', link('3'), 'FILE_ARCHIVE_REFUSED'],
      ['block device', link('4'), 'FILE_ARCHIVE_REFUSED'],
      ['pipe', link('6'), 'FILE_ARCHIVE_REFUSED'],
      ['sparse', link('S'), 'FILE_ARCHIVE_REFUSED'],
      ['through a link', file('out/new', 'x'), 'FILE_OUTSIDE'],
      ['dangling link', file('dangling', 'x'), 'FILE_OUTSIDE'],
      ['the root', file('./', 'x'), 'FILE_EXISTS'],
      ['what is there', file('hello.txt', 'x'), 'FILE_EXISTS'],
      ['a folder that is there', file('a', 'x'), 'FILE_EXISTS'],
      ['too many entries', Buffer.concat(['1', '2', '3', '4'].map((name) => file(name))), 'FILE_ARCHIVE_REFUSED'],
      [
        'too many bytes',
        writeHeader({ path: 'bomb', type: '0', size: 2_000, mode: 0, mtime: 0 }),
        'FILE_ARCHIVE_REFUSED',
      ],
      [
        'a bomb of base 256',
        writeHeader({ path: 'bomb', type: '0', size: 2 ** 40, mode: 0, mtime: 0 }),
        'FILE_ARCHIVE_REFUSED',
      ],
      ['cut off', file('cut', 'x'.repeat(600)).subarray(0, 700), 'FILE_ARCHIVE_REFUSED'],
      ['no archive', Buffer.from('nonsense'.repeat(64)), 'FILE_ARCHIVE_REFUSED'],
    ] as const
    for (const [what, bytes, code] of refused) {
      const body = Buffer.concat([bytes, what === 'cut off' ? Buffer.alloc(0) : END])
      expect([what, (await served.ask('POST', '/v1/archive', { body })).code]).toEqual([what, code])
    }
    expect(readdirSync(served.outside).toSorted()).toEqual(['b', 'secret'])
    expect(readFileSync(join(served.root, 'hello.txt'), 'utf8')).toBe('hello')
    expect(readdirSync(served.root).filter((name) => name.startsWith('.towline-'))).toEqual([])
  })
})

describe('webtty files archive', () => {
  it('is read by tar, whole, with long and foreign names', async () => {
    verifies('fs.verbs')
    await using served = await serveFolder()
    const long = join('ünï', 'd'.repeat(90), 'e'.repeat(90))
    mkdirSync(join(served.root, long), { recursive: true })
    writeFileSync(join(served.root, long, 'f'), 'deep')
    symlinkSync('../outside/secret', join(served.root, 'out'))
    symlinkSync('a/b', join(served.root, 'in'))
    using temp = tempFolder('tar')
    for (const links of ['', '?links=1']) {
      const { body } = await served.ask('GET', `/v1/archive${links}`)
      writeFileSync(join(temp.path, 'a.tar'), body)
      const into = join(temp.path, `x${links.length}`)
      mkdirSync(into)
      execFileSync('tar', ['-xf', join(temp.path, 'a.tar'), '-C', into])
      const found = [readFileSync(join(into, long, 'f'), 'utf8'), readFileSync(join(into, 'a/b/f'), 'utf8')]
      expect([found, existsSync(join(into, 'out')), existsSync(join(into, 'in'))]).toEqual([
        ['deep', 'inside'],
        false,
        links !== '',
      ])
    }
  })

  it('takes what tar made, and what it makes itself', async () => {
    await using served = await serveFolder()
    using temp = tempFolder('tar')
    const long = join('d'.repeat(90), 'e'.repeat(90), 'ü')
    mkdirSync(join(temp.path, 'src', long), { recursive: true })
    writeFileSync(join(temp.path, 'src', long, 'f'), 'x'.repeat(5_000))
    for (const format of ['gnu', 'pax', 'ustar']) {
      const body = execFileSync('tar', ['--format', format, '-C', join(temp.path, 'src'), '-cf', '-', '.'], {
        maxBuffer: 1e8,
      })
      mkdirSync(join(served.root, format))
      const answer = await served.ask('POST', url('archive', format), { body })
      expect([answer.status, answer.json()]).toEqual([200, { files: 1, folders: 4, bytes: 5_000 }])
      expect(readFileSync(join(served.root, format, long, 'f'), 'utf8')).toHaveLength(5_000)
    }
    const own = await served.ask('GET', url('archive', 'pax'))
    mkdirSync(join(served.root, 'own'))
    expect((await served.ask('POST', url('archive', 'own'), { body: own.body })).json()).toMatchObject({ files: 1 })
    expect((await served.ask('POST', url('archive', 'own', '&overwrite=1'), { body: own.body })).status).toBe(200)
  })

  it('breaks off a stream that would be longer than allowed', async () => {
    await using served = await serveFolder({ limits: { filesArchiveEntries: 2 } })
    await expect(served.ask('GET', '/v1/archive')).rejects.toThrow()
  })

  it('is the same in whatever pieces it comes', async () => {
    const bytes = Buffer.concat([file('a', 'one'), file('ü'.repeat(80), 'two'), file('c', 'x'.repeat(512)), END])
    const read = async (size: number): Promise<unknown[]> => {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      )
      const found: unknown[] = []
      for await (const { entry, body } of readTar(Readable.from(pieces))) {
        const parts: Buffer[] = []
        for await (const part of body) parts.push(part)
        found.push([entry.path, Buffer.concat(parts).toString()])
      }
      return found
    }
    const whole = await read(bytes.length)
    expect(whole).toEqual([
      ['a', 'one'],
      ['ü'.repeat(80), 'two'],
      ['c', 'x'.repeat(512)],
    ])
    for (const size of [1, 2, 3, 7, 511, 512, 513]) expect([size, await read(size)]).toEqual([size, whole])
  })

  it('reads a header only when its sum is right', () => {
    const header = writeHeader({ path: 'x', type: '0', size: 1, mode: 0, mtime: 0 })
    for (let at = 0; at < 512; at++) {
      const broken = Buffer.from(header)
      broken[at] = (broken[at] as number) ^ 1
      expect([at, readHeader(broken)]).toEqual([at, undefined])
    }
  })
})
