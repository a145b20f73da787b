/** Proves how a page is answered: its policy, its form, and what is refused. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encryptedPage } from './encrypted-page.ts'
import { pageListener } from './page-listener.ts'

const HTML = '<!doctype html><style>p{}</style><p>gr\u00fc\u00df</p><script type="module">1 < 2</script>'

let server: Server
let listener = pageListener(HTML)
beforeAll(async () => {
  server = createServer((asked, response) => listener(asked, response))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
})
afterAll(() => server.close())

interface Got {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

const get = (headers: Record<string, string> = {}, method = 'GET'): Promise<Got> =>
  new Promise((done, fail) => {
    const { port } = server.address() as AddressInfo
    const asked = request({ host: '127.0.0.1', port, headers, method, agent: false }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () =>
        done({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
      )
    })
    asked.on('error', fail).end()
  })

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

describe('webtty page', () => {
  it('refuses what neither reads it nor its head', async () => {
    const { status, headers, body } = await get({}, 'POST')
    expect([status, headers.allow, (JSON.parse(body.toString()) as { code: string }).code]).toEqual([
      405,
      'GET, HEAD',
      'METHOD_UNSUPPORTED',
    ])
  })

  it('lets in its own script and style, connections to where it came from, and nothing else', async () => {
    verifies('webtty.published')
    const { headers } = await get()
    expect(String(headers['content-security-policy']).split('; ')).toEqual([
      "default-src 'none'",
      `script-src ${hash('1 < 2')}`,
      `style-src ${hash('p{}')} ${hash('')}`,
      "connect-src 'self'",
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ])
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'content-length': String(Buffer.byteLength(HTML)),
    })
  })

  it('is the same plain, packed, and without a body', async () => {
    const [plain, refused, packed, head] = await Promise.all([
      get(),
      get({ 'accept-encoding': 'gzip;q=0, br' }),
      get({ 'accept-encoding': 'br, gzip' }),
      get({ 'accept-encoding': 'gzip' }, 'HEAD'),
    ])
    expect([plain.body.toString(), refused.body.toString(), gunzipSync(packed.body).toString()]).toEqual([
      HTML,
      HTML,
      HTML,
    ])
    expect([packed.headers['content-encoding'], packed.headers['content-length']]).toEqual([
      'gzip',
      String(packed.body.length),
    ])
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([
      200,
      String(packed.body.length),
      0,
    ])
  })

  it('of a server that asks for encryption says that browsers do not reach it', async () => {
    listener = encryptedPage()
    const { headers, body } = await get()
    expect(body.toString()).toMatch(/<h1>This machine is not reached by browsers<\/h1>[^]*towline webtty client/)
    expect(headers['content-security-policy']).toContain("script-src 'none'")
  })
})
