/** Proves resumable uploads: tus verbs, offsets, digests, what a restart keeps and what expires. */
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { eventually, verifies } from '@towline/testkit'
import { describe, expect, it } from 'vitest'
import { type AskOptions, type ServedFolder, serveFolder, type Told, url } from '../files.fixture.ts'

const sha = (text: string): string => createHash('sha256').update(text).digest('base64')
const digest = (text: string): string => `sha-256=:${sha(text)}:`

const begin = async (
  { ask }: ServedFolder,
  path: string,
  length: number,
  { headers = {}, query = '' } = {},
): Promise<string> => {
  const made = await ask('POST', url('uploads', path, query), { headers: { 'upload-length': length, ...headers } })
  expect([made.status, made.code]).toEqual([201, undefined])
  return `/v1/${made.headers.location}`
}

const patch = (
  { ask }: ServedFolder,
  at: string,
  offset: number,
  body: string,
  headers: AskOptions['headers'] = {},
): Promise<Told> =>
  ask('PATCH', at, {
    headers: { 'content-type': 'application/offset+octet-stream', 'upload-offset': offset, ...headers },
    body,
  })

const temps = (folder: string): string[] => readdirSync(folder).filter((name) => name.startsWith('.towline-'))

describe('webtty files uploads: refusals', () => {
  it('refuses what cannot be begun', async () => {
    await using served = await serveFolder({ limits: { filesBytes: 100, filesUploads: 1 } })
    const begun = async (path: string, headers: Record<string, string | number>) =>
      (await served.ask('POST', url('uploads', path), { headers })).code
    expect(await begun('x', {})).toBe('REQUEST_INVALID')
    expect(await begun('x', { 'upload-length': -1 })).toBe('REQUEST_INVALID')
    expect(await begun('x', { 'upload-length': '99999999999999999999' })).toBe('REQUEST_INVALID')
    expect(await begun('x', { 'upload-length': 101 })).toBe('FILE_TOO_LARGE')
    expect(await begun('x', { 'upload-length': 1, 'tus-resumable': '0.2.2' })).toBe('UPLOAD_VERSION')
    expect(await begun('a', { 'upload-length': 1 })).toBe('FILE_IS_FOLDER')
    expect(await begun('/', { 'upload-length': 1 })).toBe('FILE_IS_ROOT')
    expect(await begun('../x', { 'upload-length': 1 })).toBe('FILE_OUTSIDE')
    expect(await begun('hello.txt', { 'upload-length': 1, 'if-none-match': '*' })).toBe('FILE_CHANGED')
    expect(temps(served.root)).toEqual([])
    await begin(served, 'x', 1)
    expect(await begun('y', { 'upload-length': 1 })).toBe('LIMIT_REACHED')
  })

  it('refuses another offset, more bytes than were said, and ids that are none', async () => {
    await using served = await serveFolder()
    const at = await begin(served, 'x', 4)
    expect(await patch(served, at, 1, 'a')).toMatchObject({
      status: 409,
      code: 'UPLOAD_OFFSET',
      headers: { 'upload-offset': '0' },
    })
    expect((await patch(served, at, 0, 'abcde')).code).toBe('FILE_LENGTH_MISMATCH')
    expect(
      (await served.ask('PATCH', at, { headers: { 'content-type': 'text/plain', 'upload-offset': 0 }, body: 'a' }))
        .code,
    ).toBe('REQUEST_INVALID')
    for (const id of ['none', '..%2f..%2fetc', 'a'.repeat(26)]) {
      expect((await served.ask('HEAD', `/v1/uploads/${id}`)).status).toBe(404)
      expect((await patch(served, `/v1/uploads/${id}`, 0, 'a')).code).toBe('UPLOAD_UNKNOWN')
    }
    expect((await served.ask('DELETE', at)).status).toBe(204)
    expect((await served.ask('DELETE', at)).code).toBe('UPLOAD_UNKNOWN')
    expect([temps(served.root), readdirSync(join(served.state, 'uploads'))]).toEqual([[], []])
  })

  it('leaves no file when the digest is another', async () => {
    verifies('fs.atomic')
    await using served = await serveFolder()
    const at = await begin(served, 'hello.txt', 4, { headers: { 'repr-digest': digest('other') } })
    expect((await patch(served, at, 0, 'four')).code).toBe('FILE_DIGEST_MISMATCH')
    expect([readFileSync(join(served.root, 'hello.txt'), 'utf8'), temps(served.root)]).toEqual(['hello', []])
    expect((await served.ask('HEAD', at)).status).toBe(404)
  })

  it('drops a part whose checksum is another', async () => {
    await using served = await serveFolder()
    const at = await begin(served, 'x', 8)
    expect(
      (await patch(served, at, 0, 'four', { 'upload-checksum': `sha256 ${sha('four')}` })).headers['upload-offset'],
    ).toBe('4')
    const wrong = await patch(served, at, 4, 'more', { 'upload-checksum': `sha256 ${sha('other')}` })
    expect([wrong.status, wrong.code]).toEqual([460, 'FILE_CHECKSUM_MISMATCH'])
    expect((await patch(served, at, 4, 'last', { 'upload-checksum': 'crc32 x' })).code).toBe('REQUEST_INVALID')
    expect((await patch(served, at, 4, 'last')).status).toBe(204)
    expect(readFileSync(join(served.root, 'x'), 'utf8')).toBe('fourlast')
  })

  it('lands nothing over what was changed meanwhile', async () => {
    verifies('fs.atomic')
    await using served = await serveFolder()
    const at = await begin(served, 'new', 4, { headers: { 'if-none-match': '*' } })
    const other = await begin(served, 'new', 4)
    expect((await patch(served, other, 0, 'mine')).status).toBe(204)
    expect((await patch(served, at, 0, 'four')).code).toBe('FILE_CHANGED')
    expect([readFileSync(join(served.root, 'new'), 'utf8'), temps(served.root)]).toEqual(['mine', []])
  })

  it('knows its file only as the one file it made', async () => {
    await using served = await serveFolder()
    for (const put of [
      (temp: string) => symlinkSync('../outside/secret', temp),
      (temp: string) => mkdirSync(temp),
      () => {},
    ]) {
      const at = await begin(served, 'x', 4)
      const temp = join(served.root, temps(served.root)[0] as string)
      rmSync(temp)
      put(temp)
      expect((await patch(served, at, 0, 'four')).code).toBe('UPLOAD_UNKNOWN')
      rmSync(temp, { recursive: true, force: true })
    }
    expect(readFileSync(join(served.outside, 'secret'), 'utf8')).toContain('secret')
  })
})

describe('webtty files uploads', () => {
  it('says what it speaks', async () => {
    await using served = await serveFolder()
    expect((await served.ask('OPTIONS', '/v1/uploads')).headers).toMatchObject({
      'tus-version': '1.0.0',
      'tus-extension': 'creation,expiration,checksum,termination',
    })
  })

  it('goes on part by part, and lands at the last', async () => {
    verifies('fs.range')
    await using served = await serveFolder()
    const at = await begin(served, 'x/y', 8, { query: '&mkdirs=1&mode=600' })
    expect((await patch(served, at, 0, 'four')).headers['upload-offset']).toBe('4')
    expect(existsSync(join(served.root, 'x/y'))).toBe(false)
    expect((await served.ask('HEAD', at)).headers).toMatchObject({ 'upload-offset': '4', 'upload-length': '8' })
    const last = await patch(served, at, 4, 'last')
    expect([last.status, last.headers['repr-digest']]).toEqual([204, digest('fourlast')])
    expect(readFileSync(join(served.root, 'x/y'), 'utf8')).toBe('fourlast')
    const after = await served.ask('HEAD', at)
    expect([after.headers['upload-offset'], after.headers.etag]).toEqual(['8', last.headers.etag])
    expect((await patch(served, at, 8, '')).headers.etag).toBe(last.headers.etag)
  })

  it('takes a path from tus metadata, and lands a file of no bytes at once', async () => {
    await using served = await serveFolder()
    const made = await served.ask('POST', '/v1/uploads', {
      headers: { 'upload-length': 0, 'upload-metadata': `other,path ${Buffer.from('/empty').toString('base64')}` },
    })
    expect([made.status, readFileSync(join(served.root, 'empty'), 'utf8')]).toEqual([201, ''])
  })

  it('keeps what arrived before a cut, also over a restart', async () => {
    verifies('fs.range')
    await using first = await serveFolder({ limits: { filesChunkBytes: 4 } })
    const at = await begin(first, 'x', 8, { query: '&awaitDigest=1' })
    const temp = join(first.root, temps(first.root)[0] as string)
    const socket = connect(first.port, '127.0.0.1')
    const head = `PATCH ${at} HTTP/1.1\r\nhost: x\r\ncontent-type: application/offset+octet-stream\r\nupload-offset: 0\r\ncontent-length: 8\r\n\r\nfour`
    socket.write(head)
    await eventually('its bytes', () => (statSync(temp).size === 4 ? true : undefined))
    // Who asks for the offset takes over from the connection that hangs.
    expect((await first.ask('HEAD', at)).headers['upload-offset']).toBe('4')
    socket.destroy()
    const second = await first.reopen()
    try {
      expect((await patch(second, at, 4, 'last')).headers.etag).toBe(undefined)
      expect(existsSync(join(second.root, 'x'))).toBe(false)
      expect((await patch(second, at, 8, '', { 'repr-digest': digest('fourlast') })).status).toBe(204)
      expect(readFileSync(join(second.root, 'x'), 'utf8')).toBe('fourlast')
    } finally {
      await second[Symbol.asyncDispose]()
    }
  })

  it('forgets an upload that got no byte for a day, with its bytes', async () => {
    let now = 1_000_000
    await using served = await serveFolder({ clock: () => now })
    const at = await begin(served, 'x', 8)
    now += 23 * 3_600_000
    expect((await patch(served, at, 0, 'four')).status).toBe(204)
    now += 23 * 3_600_000
    expect((await served.ask('HEAD', at)).status).toBe(200)
    now += 2 * 3_600_000
    expect((await served.ask('HEAD', at)).status).toBe(404)
    const second = await served.reopen()
    expect([temps(second.root), readdirSync(join(second.state, 'uploads'))]).toEqual([[], []])
    await second[Symbol.asyncDispose]()
  })

  it('ends with the folder it was for', async () => {
    await using served = await serveFolder()
    const at = await begin(served, 'a/x', 4)
    renameSync(join(served.root, 'a'), join(served.root, 'moved'))
    expect((await patch(served, at, 0, 'four')).code).toBe('UPLOAD_UNKNOWN')
    symlinkSync('../outside', join(served.root, 'a'))
    expect((await patch(served, at, 0, 'four')).code).toBe('FILE_OUTSIDE')
  })

  it('removes the files of writers that died, and only theirs', async () => {
    verifies('fs.atomic')
    await using served = await serveFolder()
    const name = `.towline-${'a'.repeat(24)}.part`
    const [alive, ours] = [`.towline-${'b'.repeat(24)}.part`, `.towline-${'c'.repeat(24)}.part`]
    for (const file of [name, alive, ours, 'keep']) writeFileSync(join(served.root, file), 'half')
    const record = (file: string, row: object): void =>
      writeFileSync(join(served.state, 'temps', `${file}.json`), JSON.stringify(row))
    const start = readFileSync(`/proc/${process.ppid}/stat`, 'utf8')
    const field = start.slice(start.lastIndexOf(')') + 1).split(' ')[20]
    record(name, { parts: [], name, owner: '4194303 1' })
    record(alive, { parts: [], name: alive, owner: `${process.ppid} ${field}` })
    record('reused', { parts: [], name: ours, owner: `${process.ppid} 1` })
    record('hostile', { parts: [], name: 'keep', owner: '4194303 1' })
    record('escape', { parts: ['..', 'outside'], name, owner: '4194303 1' })
    writeFileSync(join(served.state, 'temps', 'garbage'), '{')
    const second = await served.reopen()
    expect(readdirSync(second.root).toSorted()).toEqual([alive, 'a', 'hello.txt', 'keep'])
    expect(readdirSync(join(second.state, 'temps'))).toEqual([`${alive}.json`])
    await second[Symbol.asyncDispose]()
  })
})
