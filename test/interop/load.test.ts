/** Judges an HTTP tunnel by load generators: nothing fails when many come at once. How fast it is, is for bench/ to say. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { content } from './content.ts'
import { type HttpService, openHttpService } from './http-service.ts'
import { folder, program, succeed } from './processes.ts'
import { openTowline, type Towline } from './towline.ts'

const PIPELINE = fileURLToPath(new URL('clients/pipeline.lua', import.meta.url))
const UPLOAD = fileURLToPath(new URL('clients/upload.lua', import.meta.url))

describe('interop load', () => {
  const wrk = program('wrk', 'wrk')
  const h2load = program('h2load', 'nghttp2-client')
  const temp = folder('load')
  let service: HttpService
  let towline: Towline

  beforeAll(async () => {
    service = await openHttpService()
    towline = await openTowline()
    await towline.forward(String(service.port), '--name', 'web')
  })
  afterAll(async () => {
    await towline?.close()
    await service?.close()
    temp.remove()
  })

  const blast = (path: string, ...options: readonly string[]): Promise<string> => {
    const url = `http://127.0.0.1:${towline.port}${path}`
    return succeed([wrk, '-t', '2', '-d', '4s', '-H', `Host: ${towline.host('web')}`, ...options, url])
  }
  /** What h2load counts, without what it measures. */
  const flood = async (scheme: string, path: string, options: readonly string[]): Promise<readonly string[]> => {
    const to = ['--connect-to', `127.0.0.1:${towline.port}`]
    const told = await succeed([h2load, ...to, ...options, `${scheme}://${towline.host('web')}${path}`])
    return told.split('\n').filter((line) => /^(requests|status codes):/.test(line))
  }
  const counted = (n: number): readonly string[] => [
    `requests: ${n} total, ${n} started, ${n} done, ${n} succeeded, 0 failed, 0 errored, 0 timeout`,
    `status codes: ${n} 2xx, 0 3xx, 0 4xx, 0 5xx`,
  ]

  it.each([
    ['many connections', '/echo', ['-c', '200']],
    ['pipelined requests', '/', ['-c', '16', '-s', PIPELINE]],
    ['bodies of 200 kB', '/hash', ['-c', '100', '-s', UPLOAD]],
    ['answers of 1 MiB', '/bytes/1048576', ['-c', '16']],
    ['a connection for each request', '/nothing', ['-c', '16', '-H', 'Connection: close']],
  ])('wrk sees no error with %s', async (_, path, options) => {
    verifies('tunnel.http.full')
    const told = await blast(path, ...options)
    expect(told).toMatch(/[1-9]\d* requests in/)
    expect(told).not.toMatch(/Socket errors|Non-2xx/)
  })

  it.each([
    ['HTTP/2 over TLS', 'https', [] as string[]],
    ['HTTP/2 by prior knowledge', 'http', []],
    ['HTTP/1.1 over TLS', 'https', ['--h1']],
  ])('h2load gets every answer of %s', async (_, scheme, options) => {
    verifies('tunnel.http.h2', 'tunnel.http.full')
    const many = ['-n', '5000', '-c', '20', '-t', '2', ...(options.length ? [] : ['-m', '20'])]
    expect(await flood(scheme, '/echo', [...many, ...options])).toEqual(counted(5000))
  })

  it.each(['https', 'http'])('h2load sends bodies and gets every answer over HTTP/2 and %s', async (scheme) => {
    verifies('tunnel.http.h2')
    const body = join(temp.path, 'body')
    writeFileSync(body, Buffer.concat([...content(0, 200_000)]))
    expect(await flood(scheme, '/hash', ['-n', '500', '-c', '10', '-m', '10', '-d', body])).toEqual(counted(500))
  })

  it('h2load gets 1 MiB answers, a hundred at a time', async () => {
    verifies('tunnel.http.h2')
    expect(await flood('https', '/bytes/1048576', ['-n', '300', '-c', '10', '-m', '10'])).toEqual(counted(300))
  })
})
