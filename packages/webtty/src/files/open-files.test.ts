/** Proves what the routes of files answer: contents, ranges, conditions, digests, changes. */
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tempFolder, verifies } from '@towline/testkit'
import { describe, expect, it } from 'vitest'
import { serveFolder, url } from './files.fixture.ts'
import { openFiles } from './open-files.ts'

const sha = (text: string): string => `sha-256=:${createHash('sha256').update(text).digest('base64')}:`

describe('webtty files: opening', () => {
  it('refuses a folder that is not there, and a file', async () => {
    using temp = tempFolder('files')
    writeFileSync(join(temp.path, 'f'), '')
    for (const name of ['none', 'f']) {
      const opening = openFiles({ root: join(temp.path, name), state: join(temp.path, 'state') })
      await expect(opening).rejects.toMatchObject({ code: 'FILES_UNAVAILABLE' })
    }
  })

  it('refuses state that cannot be kept', async () => {
    using temp = tempFolder('files')
    writeFileSync(join(temp.path, 'f'), '')
    const opening = openFiles({ root: temp.path, state: join(temp.path, 'f', 'state') })
    await expect(opening).rejects.toMatchObject({ code: 'FILES_UNAVAILABLE' })
  })

  it('says that it is no sandbox, and never where the folder lies', async () => {
    await using served = await serveFolder()
    const info = await served.ask('GET', '/v1/info')
    expect(info.json()).toMatchObject({ protocol: 'towline.fs.v1', root: '/', readOnly: false, notice: /no sandbox/ })
    expect(info.body.toString()).not.toContain(served.root)
    expect(served.files.facts).toMatchObject({ mode: 'read-write', notice: /no sandbox/ })
  })

  it('closes twice, with a watch open', async () => {
    const served = await serveFolder()
    const watching = served.ask('GET', '/v1/watch').catch(() => 'cut')
    await served.files.close()
    await served.files.close()
    await served[Symbol.asyncDispose]()
    await watching
  })
})

describe('webtty files: requests', () => {
  it('turns away what it does not know, by code', async () => {
    await using served = await serveFolder()
    const asked = [
      ['GET', '/v1/none', 404, 'PAGE_UNKNOWN'],
      ['GET', '/v2/ls', 404, 'PAGE_UNKNOWN'],
      ['POST', '/v1/ls', 405, 'METHOD_UNSUPPORTED'],
      ['GET', '/v1/ls?paths=/', 400, 'REQUEST_INVALID'],
      ['GET', '/v1/ls?path=/a&path=/b', 400, 'REQUEST_INVALID'],
      ['GET', '/v1/ls?limit=-1', 400, 'REQUEST_INVALID'],
      ['GET', '/v1/ls?depth=5', 400, 'REQUEST_INVALID'],
      ['GET', '/v1/ls?cursor=nonsense', 400, 'REQUEST_INVALID'],
      ['GET', '/v1/file', 400, 'REQUEST_INVALID'],
      ['GET', '/v1/file?path=none', 404, 'FILE_NOT_FOUND'],
      ['GET', '/v1/file?path=a', 409, 'FILE_IS_FOLDER'],
      ['GET', '/v1/ls?path=hello.txt', 409, 'FILE_NOT_FOLDER'],
      ['GET', '/v1/ls?path=hello.txt/x', 409, 'FILE_NOT_FOLDER'],
    ] as const
    for (const [method, path, status, code] of asked) {
      const { status: got, code: said } = await served.ask(method, path)
      expect([path, got, said]).toEqual([path, status, code])
    }
  })

  it('answers a refusal as problem+json with its next step', async () => {
    await using served = await serveFolder()
    const answer = await served.ask('GET', '/v1/file?path=none')
    expect([answer.headers['content-type'], answer.json()]).toEqual([
      'application/problem+json',
      {
        type: '/docs/reference/errors#FILE_NOT_FOUND',
        title: 'File not found',
        status: 404,
        detail: 'There is nothing at that path.',
        code: 'FILE_NOT_FOUND',
        next: 'List the folder above it; missing folders are made only when asked.',
        retryable: false,
      },
    ])
  })

  it('refuses bodies that a page of another site could send', async () => {
    await using served = await serveFolder()
    const body = JSON.stringify({ path: 'new' })
    const asked = [
      [{ 'content-type': 'text/plain' }, 'REQUEST_INVALID'],
      [{ 'content-type': 'application/json', origin: 'https://evil.example' }, 'ORIGIN_REFUSED'],
      [{ 'content-type': 'application/json', origin: 'null' }, 'ORIGIN_REFUSED'],
      [{ 'content-type': 'application/json', 'sec-fetch-site': 'cross-site' }, 'ORIGIN_REFUSED'],
      [{ 'content-type': 'application/json', 'sec-fetch-site': 'same-site' }, 'ORIGIN_REFUSED'],
    ] as const
    for (const [headers, code] of asked) {
      expect((await served.ask('POST', '/v1/mkdir', { headers, body })).code).toBe(code)
    }
    expect(existsSync(join(served.root, 'new'))).toBe(false)
    expect((await served.ask('GET', '/v1/ls', { headers: { 'sec-fetch-site': 'cross-site' } })).code).toBe(
      'ORIGIN_REFUSED',
    )
  })

  it('lets those who wait go on in order, and refuses too many', async () => {
    await using served = await serveFolder({ limits: { filesOperations: 1, filesWaiting: 4 } })
    const answers = await Promise.all(Array.from({ length: 40 }, () => served.ask('GET', '/v1/ls')))
    const statuses = new Set(answers.map(({ status }) => status))
    expect([...statuses].every((status) => status === 200 || status === 429)).toBe(true)
    expect(statuses.has(200)).toBe(true)
  })
})

describe('webtty files: reading', () => {
  it('reads a file whole, as something to save and never to show', async () => {
    await using served = await serveFolder()
    writeFileSync(join(served.root, "it's.html"), '<script>alert(1)</script>')
    const { status, headers, body } = await served.ask('GET', url('file', "it's.html"))
    expect([status, body.toString()]).toEqual([200, '<script>alert(1)</script>'])
    expect(headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': "attachment; filename*=UTF-8''it%27s.html",
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'accept-ranges': 'bytes',
    })
    expect(headers['access-control-allow-origin']).toBe(undefined)
  })

  it('reads ranges as RFC 9110 says', async () => {
    verifies('fs.range')
    await using served = await serveFolder()
    writeFileSync(join(served.root, 'digits'), '0123456789')
    const many = Array.from({ length: 101 }, (_, index) => `${index}-${index}`).join(',')
    const asked = [
      ['bytes=0-', 206, '0123456789', 'bytes 0-9/10'],
      ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
      ['bytes=7-99', 206, '789', 'bytes 7-9/10'],
      ['bytes=-3', 206, '789', 'bytes 7-9/10'],
      ['bytes=-99', 206, '0123456789', 'bytes 0-9/10'],
      ['bytes=0-2,1-4,5-5', 206, '012345', 'bytes 0-5/10'],
      ['bytes=10-', 416, undefined, 'bytes */10'],
      ['bytes=-0', 416, undefined, 'bytes */10'],
      [`bytes=${many}`, 416, undefined, 'bytes */10'],
      ['bytes=4-2', 200, '0123456789', undefined],
      ['bytes=--1', 200, '0123456789', undefined],
      ['bytes=99999999999999999999-', 200, '0123456789', undefined],
      ['lines=1-2', 200, '0123456789', undefined],
    ] as const
    for (const [range, status, text, contentRange] of asked) {
      const answer = await served.ask('GET', url('file', 'digits'), { headers: { range } })
      const got = answer.status === 416 ? undefined : answer.body.toString()
      expect([range, answer.status, got, answer.headers['content-range']]).toEqual([range, status, text, contentRange])
    }
  })

  it('reads several ranges as parts of one body of the length it said', async () => {
    verifies('fs.range')
    await using served = await serveFolder()
    writeFileSync(join(served.root, 'digits'), '0123456789')
    const { status, headers, body } = await served.ask('GET', url('file', 'digits'), {
      headers: { range: 'bytes=8-9,0-1' },
    })
    const boundary = /^multipart\/byteranges; boundary=(\w+)$/.exec(headers['content-type'] ?? '')?.[1]
    const part = (range: string, text: string): string =>
      `\r\n--${boundary}\r\ncontent-type: application/octet-stream\r\ncontent-range: bytes ${range}/10\r\n\r\n${text}`
    expect([status, body.toString()]).toEqual([206, `${part('0-1', '01')}${part('8-9', '89')}\r\n--${boundary}--\r\n`])
  })

  it('sends a range only of the version that was meant', async () => {
    verifies('fs.range')
    await using served = await serveFolder()
    const { etag = '' } = (await served.ask('HEAD', url('file', 'hello.txt'))).headers
    const ranged = (ifRange: string) =>
      served.ask('GET', url('file', 'hello.txt'), { headers: { range: 'bytes=1-2', 'if-range': ifRange } })
    expect([(await ranged(etag)).status, (await ranged('"other"')).status, (await ranged(`W/${etag}`)).status]).toEqual(
      [206, 200, 200],
    )
  })

  it('answers 304 to who has it, and HEAD without a body', async () => {
    await using served = await serveFolder()
    const head = await served.ask('HEAD', url('file', 'hello.txt'))
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, '5', 0])
    const etag = String(head.headers.etag)
    const statuses = ['"x"', etag, `W/${etag}`, `"x", ${etag}`, '*'].map((tag) =>
      served.ask('GET', url('file', 'hello.txt'), { headers: { 'if-none-match': tag } }),
    )
    expect((await Promise.all(statuses)).map(({ status }) => status)).toEqual([200, 304, 304, 304, 304])
  })

  it('tells the digest to who asks, ahead of the bytes or, of a long file, with HEAD', async () => {
    verifies('fs.range')
    await using served = await serveFolder({ limits: { filesDigestAheadBytes: 4 } })
    const want = { headers: { 'want-repr-digest': 'sha-256=5' } }
    expect((await served.ask('GET', url('file', 'hello.txt'), want)).headers['repr-digest']).toBe(undefined)
    expect((await served.ask('HEAD', url('file', 'hello.txt'), want)).headers['repr-digest']).toBe(sha('hello'))
    expect((await served.ask('GET', url('file', 'hello.txt'), want)).headers['repr-digest']).toBe(sha('hello'))
    expect((await served.ask('GET', url('file', 'hello.txt'))).headers['repr-digest']).toBe(undefined)
  })

  it('sends of a growing file what it said, and breaks off one that shrank', async () => {
    await using served = await serveFolder({ limits: { filesChunkBytes: 1_024 } })
    writeFileSync(join(served.root, 'sparse'), '')
    const { truncateSync } = await import('node:fs')
    truncateSync(join(served.root, 'sparse'), 64 * 1024 * 1024)
    const reading = served.ask('GET', url('file', 'sparse'))
    await served.ask('GET', '/v1/info')
    truncateSync(join(served.root, 'sparse'), 10)
    await expect(reading).rejects.toThrow()
  })
})

describe('webtty files: writing', () => {
  it('writes a new file and replaces it, keeping its mode', async () => {
    await using served = await serveFolder()
    const first = await served.ask('PUT', url('file', 'new', '&mode=4777'), { body: 'one' })
    const mask = 0o777 & ~process.umask()
    expect([first.status, lstatSync(join(served.root, 'new')).mode & 0o7777]).toEqual([201, mask])
    chmodSync(join(served.root, 'new'), 0o4640)
    const second = await served.ask('PUT', url('file', 'new'), { body: 'two' })
    expect([second.status, readFileSync(join(served.root, 'new'), 'utf8')]).toEqual([204, 'two'])
    expect(lstatSync(join(served.root, 'new')).mode & 0o7777).toBe(0o640)
    expect(second.headers.etag).toBe((await served.ask('HEAD', url('file', 'new'))).headers.etag)
  })

  it('takes the place only of what it expects', async () => {
    verifies('fs.atomic')
    await using served = await serveFolder()
    const put = (headers: Record<string, string>, body = 'x') =>
      served.ask('PUT', url('file', 'hello.txt'), { headers, body })
    const { etag = '' } = (await served.ask('HEAD', url('file', 'hello.txt'))).headers
    expect((await put({ 'if-none-match': '*' })).code).toBe('FILE_CHANGED')
    expect((await put({ 'if-match': '"other"' })).code).toBe('FILE_CHANGED')
    expect((await put({ 'if-match': etag }, 'new')).status).toBe(204)
    expect((await put({ 'if-match': etag })).code).toBe('FILE_CHANGED')
    expect(readFileSync(join(served.root, 'hello.txt'), 'utf8')).toBe('new')
    expect((await served.ask('PUT', url('file', 'none'), { headers: { 'if-match': '*' }, body: 'x' })).status).toBe(412)
  })

  it('lets exactly one of many writers with one condition land', async () => {
    verifies('fs.atomic')
    await using served = await serveFolder()
    const { etag = '' } = (await served.ask('HEAD', url('file', 'hello.txt'))).headers
    const bodies = Array.from({ length: 24 }, (_, index) => `writer ${index}`.repeat(1_000))
    const answers = await Promise.all(
      bodies.map((body) => served.ask('PUT', url('file', 'hello.txt'), { headers: { 'if-match': etag }, body })),
    )
    const landed = answers.flatMap(({ status }, index) => (status === 204 ? [bodies[index]] : []))
    expect(landed).toEqual([readFileSync(join(served.root, 'hello.txt'), 'utf8')])
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204, 412]))
    expect(readdirSync(served.root).toSorted()).toEqual(['a', 'hello.txt'])
  })

  it('leaves the old content when the digest is another, the body too long, or the sender gone', async () => {
    verifies('fs.atomic')
    await using served = await serveFolder({ limits: { filesPutBytes: 100 } })
    const put = (headers: Record<string, string | number>, body: string) =>
      served.ask('PUT', url('file', 'hello.txt'), { headers, body })
    expect((await put({ 'content-digest': sha('other') }, 'x')).code).toBe('FILE_DIGEST_MISMATCH')
    expect((await put({ 'repr-digest': 'md5=:x:' }, 'x')).code).toBe('REQUEST_INVALID')
    expect((await put({ 'content-range': 'bytes 0-0/1' }, 'x')).code).toBe('REQUEST_INVALID')
    expect((await put({}, 'x'.repeat(101))).code).toBe('FILE_TOO_LARGE')
    expect((await served.ask('PUT', url('file', 'a'), { body: 'x' })).code).toBe('FILE_IS_FOLDER')
    expect((await served.ask('PUT', url('file', 'none/x'), { body: 'x' })).code).toBe('FILE_NOT_FOUND')
    await expect(cutOff(served.port)).resolves.toBe('cut')
    await served.files.close()
    expect(readFileSync(join(served.root, 'hello.txt'), 'utf8')).toBe('hello')
    expect(readdirSync(served.root).toSorted()).toEqual(['a', 'hello.txt'])
  })

  it('makes missing folders only when asked', async () => {
    await using served = await serveFolder()
    expect((await served.ask('PUT', url('file', 'x/y/z', '&mkdirs=1'), { body: 'deep' })).status).toBe(201)
    expect(readFileSync(join(served.root, 'x/y/z'), 'utf8')).toBe('deep')
  })

  it('writes through a link that leads inside', async () => {
    await using served = await serveFolder()
    symlinkSync('a/b/f', join(served.root, 'link'))
    symlinkSync('a/new', join(served.root, 'dangling'))
    expect((await served.ask('PUT', url('file', 'link'), { body: 'through' })).status).toBe(204)
    expect((await served.ask('PUT', url('file', 'dangling'), { body: 'made' })).status).toBe(201)
    expect([
      readFileSync(join(served.root, 'a/b/f'), 'utf8'),
      readFileSync(join(served.root, 'a/new'), 'utf8'),
    ]).toEqual(['through', 'made'])
    expect(lstatSync(join(served.root, 'link')).isSymbolicLink()).toBe(true)
  })
})

/** Sends half of a PUT and goes away. */
const cutOff = async (port: number): Promise<string> => {
  const { connect } = await import('node:net')
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write('PUT /v1/file?path=hello.txt HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\nhalf', () =>
        socket.destroy(),
      )
    })
    socket.once('close', () => resolve('cut'))
  })
}
