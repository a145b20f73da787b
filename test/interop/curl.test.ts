/** Judges an HTTP tunnel by curl: large bodies both ways in bounded memory, and each feature of HTTP/1.1 and HTTP/2 it knows. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { content, hashOf } from './content.ts'
import { ETAG, type HttpService, openHttpService } from './http-service.ts'
import { folder, freePort, peakMemory, program, run, succeed } from './processes.ts'
import { type Forwarded, openTowline, type Towline } from './towline.ts'

const MiB = 1024 * 1024
const GiB = 1024 * MiB
/** In MB; the bodies are larger than this. */
const MEMORY = 300

describe('interop curl', () => {
  const curl = [program('curl', 'curl'), '--silent', '--show-error', '--max-time', '100', '--noproxy', '*']
  const temp = folder('curl')
  const large = join(temp.path, 'large')
  const received = join(temp.path, 'received')
  let service: HttpService
  let towline: Towline
  let web: Forwarded
  let sha256: string

  /** The answer's body, with options of curl before the path. */
  const get = (path: string, ...options: readonly string[]): Promise<string> =>
    succeed([...curl, ...options, `${web.url}${path}`])
  const secure = (path: string, ...options: readonly string[]): Promise<string> =>
    succeed([...curl, '--cacert', towline.caFile, ...options, `https://${towline.host('web')}${path}`])
  const seen = async (...options: readonly string[]): Promise<{ readonly headers: Record<string, string> }> =>
    JSON.parse(await get('/echo', ...options))

  beforeAll(async () => {
    service = await openHttpService()
    await writeFile(large, content(0, GiB))
    sha256 = hashOf(0, GiB)
    towline = await openTowline()
    web = await towline.forward(String(service.port), '--name', 'web')
  })
  afterAll(async () => {
    await towline?.close()
    await service?.close()
    temp.remove()
  })

  it('carries 1 GiB up and 1 GiB down unchanged, and neither process holds it in memory', async () => {
    verifies('tunnel.http.full')
    const up = JSON.parse(await get('/hash', '--upload-file', large))
    await get(`/bytes/${GiB}`, '--output', received)
    const memory = { engine: peakMemory(towline.server.pid), host: peakMemory(web.pid) }
    expect({ up, down: await fileHash(received) }).toEqual({
      up: { bytes: GiB, sha256, length: String(GiB) },
      down: sha256,
    })
    expect(memory.engine).toBeLessThan(MEMORY)
    expect(memory.host).toBeLessThan(MEMORY)
  })

  it('carries 256 MiB both ways over HTTP/2', async () => {
    verifies('tunnel.http.h2')
    const size = 256 * MiB
    const half = join(temp.path, 'half')
    await writeFile(half, content(0, size))
    const up = JSON.parse(await secure('/hash', '--http2', '--upload-file', half))
    await secure(`/bytes/${size}`, '--http2', '--output', received)
    const wanted = hashOf(0, size)
    expect({ up: { bytes: up.bytes, sha256: up.sha256 }, down: await fileHash(received) }).toEqual({
      up: { bytes: size, sha256: wanted },
      down: wanted,
    })
    expect(peakMemory(towline.server.pid)).toBeLessThan(MEMORY)
  })

  it('keeps the connection alive from request to request', async () => {
    verifies('tunnel.http.full')
    const url = `${web.url}/echo`
    const argv = [
      ...curl,
      '--write-out',
      '%{http_code} %{num_connects}\n',
      ...[1, 2, 3].flatMap(() => ['-o', '/dev/null']),
    ]
    expect(await succeed([...argv, url, url, url])).toBe('200 1\n200 0\n200 0\n')
  })

  it('speaks HTTP/2 over TLS to visitors that trust the development CA', async () => {
    verifies('tunnel.http.h2')
    const told = await secure('/nothing', '--http2', '--write-out', '%{http_version} %{http_code} %{ssl_verify_result}')
    expect(told).toBe('2 204 0')
  })

  it('speaks HTTP/1.1 over TLS to visitors that ask for it', async () => {
    verifies('tunnel.http.full')
    expect(await secure('/nothing', '--http1.1', '--write-out', '%{http_version} %{http_code}')).toBe('1.1 204')
  })

  it('is not believed without the development CA', async () => {
    const { status } = await run([...curl, `https://${towline.host('web')}/echo`])
    expect(status).toBe(60)
  })

  it('passes 100-continue on from the service', async () => {
    verifies('tunnel.http.full')
    const argv = [...curl, '-v', '-H', 'Expect: 100-continue', '--data', 'hello', `${web.url}/hash`]
    const { stdout, stderr } = await run(argv)
    expect(JSON.parse(stdout)).toMatchObject({ bytes: 5 })
    expect(stderr.match(/^< HTTP\/1\.1 .*$/gm)?.map((line) => line.trim())).toEqual([
      '< HTTP/1.1 100 Continue',
      '< HTTP/1.1 200 OK',
    ])
  })

  it('passes on the refusal of a body that was announced and never sent', async () => {
    verifies('tunnel.http.full')
    const argv = [...curl, '--expect100-timeout', '60', '-H', 'Expect: 100-continue', '--upload-file', large]
    const told = await run([...argv, '--write-out', ' %{http_code} %{size_upload}', `${web.url}/refuse`])
    expect(told.stdout).toBe('not wanted 403 0')
  })

  it('answers a range, a HEAD, a 304 and a 204 as the service does', async () => {
    verifies('tunnel.http.full')
    const range = createHash('sha256')
    await get(`/bytes/${GiB}`, '--range', `${GiB - 5000}-${GiB - 1}`, '--output', received)
    for await (const chunk of createReadStream(received)) range.update(chunk as Buffer)
    expect(range.digest('hex')).toBe(hashOf(GiB - 5000, GiB))
    const status = ['--write-out', '%{http_code} %{size_download} %header{content-length}', '-o', '/dev/null']
    expect(await get(`/bytes/${GiB}`, ...status, '--head')).toBe(`200 0 ${GiB}`)
    expect(await get(`/bytes/${GiB}`, ...status, '-H', `If-None-Match: ${ETAG}`)).toBe('304 0 ')
    expect(await get('/nothing', ...status)).toBe('204 0 ')
  })

  it('carries a body of unknown length up, and chunks with a trailer down', async () => {
    verifies('tunnel.http.full')
    const up = await succeed([...curl, '--upload-file', '-', `${web.url}/hash`], { input: 'x'.repeat(100_000) })
    expect(JSON.parse(up)).toMatchObject({ bytes: 100_000, coding: 'chunked' })
    const down = await get('/chunked', '--dump-header', '-')
    expect(down.toLowerCase()).toContain('transfer-encoding: chunked')
    expect(down).toContain('one two three')
    expect(down.toLowerCase()).toContain('x-sum: 3')
  })

  it('tells the service who visits, and takes no word of a visitor for it', async () => {
    verifies('tunnel.http.headers')
    const { headers } = await seen(
      '-H',
      'X-Forwarded-For: 10.1.2.3',
      '-H',
      'X-Forwarded-Proto: https',
      '-H',
      'Forwarded: for=10.1.2.3',
    )
    expect(headers).toMatchObject({
      host: towline.host('web'),
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': towline.host('web'),
    })
    expect(JSON.stringify(headers)).not.toContain('10.1.2.3')
    expect(JSON.parse(await secure('/echo')).headers).toMatchObject({ 'x-forwarded-proto': 'https' })
  })

  it('answers 502 while the service is down and serves when it is up', async () => {
    verifies('tunnel.forward.target')
    const port = await freePort()
    const forwarded = await towline.forward(`127.0.0.1:${port}`, '--name', 'late')
    const argv = [...curl, '-o', '/dev/null', '--write-out', '%{http_code}', `${forwarded.url}/nothing`]
    expect(await succeed(argv)).toBe('502')
    const late = await openHttpService(port)
    expect(await succeed(argv)).toBe('204')
    await late.close()
    expect(await succeed(argv)).toBe('502')
  })
})

const fileHash = async (file: string): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
