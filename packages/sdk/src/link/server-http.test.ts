/** Proves plain exchanges with one server, and looking at its certificates: what is refused, and that nothing is followed. */
import { X509Certificate } from 'node:crypto'
import { createServer as createHttp } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { createServer as createTcp } from 'node:net'
import { LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { CA, HERE } from '../testing/certificates.fixture.ts'
import { open } from '../testing/strangers.fixture.ts'
import { presentedCertificates } from './presented.ts'
import { type HttpExchange, openServerHttp } from './server-http.ts'

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

const listening = async (server: Parameters<typeof open>[0]): Promise<number> => {
  const one = await open(server)
  opened.push(one)
  return one.port
}

const ask = async (
  url: string,
  { path = '/', ca, ...exchange }: HttpExchange & { path?: string; ca?: string } = {},
) => {
  const http = openServerHttp({ url, ca, env: {}, limits: { ...LIMITS, apiAnswerMs: 2_000, apiAnswerBytes: 1_000 } })
  try {
    return await http.ask(path, exchange)
  } finally {
    http.close()
  }
}

describe('sdk server http', () => {
  it('sdk server http: verifies the certificate', async () => {
    const url = `https://127.0.0.1:${await listening(createHttps(HERE, (_request, response) => response.end('hi')))}`
    await expect(ask(url)).rejects.toMatchObject({ code: 'SERVER_UNTRUSTED' })
    expect(await (await ask(url, { ca: CA })).text()).toBe('hi')
  })

  it('sdk server http: answers a redirect as it is, and asks nobody else', async () => {
    verifies('cli.context')
    const asked: string[] = []
    const other = await listening(
      createHttp((request, response) => response.end(String(asked.push(String(request.url))))),
    )
    const port = await listening(
      createHttp((_request, response) => response.writeHead(302, { location: `http://127.0.0.1:${other}/` }).end()),
    )
    const answer = await ask(`http://127.0.0.1:${port}`, { headers: { authorization: 'Bearer secret' } })
    expect([answer.status, answer.headers.get('location'), asked]).toEqual([302, `http://127.0.0.1:${other}/`, []])
  })

  it('sdk server http: refuses an answer that is too long, and one that does not come', async () => {
    const long = await listening(createHttp((_request, response) => response.end('x'.repeat(1_001))))
    await expect(ask(`http://127.0.0.1:${long}`)).rejects.toMatchObject({ code: 'NOT_TOWLINE' })
    const silent = await listening(createHttp(() => undefined))
    await expect(ask(`http://127.0.0.1:${silent}`)).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' })
    const ending = AbortSignal.abort(new Error('no more'))
    await expect(ask(`http://127.0.0.1:${silent}`, { signal: ending })).rejects.toThrow('no more')
  })

  it('sdk server http: sends method, path, fields and body, and takes an answer without one', async () => {
    const port = await listening(
      createHttp((request, response) => {
        request.on('data', (part: Buffer) => {
          const { method, url, headers } = request
          const told = [method, url, headers['content-type'], headers.host, part.toString()].join(' ')
          response.writeHead(204, { told }).end()
        })
      }),
    )
    const answer = await ask(`http://127.0.0.1:${port}`, {
      ...{ method: 'POST', path: '/a?b=c', body: 'text', headers: { 'content-type': 'text/plain' } },
    })
    expect([answer.status, answer.headers.get('told')]).toEqual([204, `POST /a?b=c text/plain 127.0.0.1:${port} text`])
  })
})

describe('sdk presented certificates', () => {
  it('sdk presented certificates: shows what an unknown server presents, as far as its root', async () => {
    verifies('link.tls-pin')
    const chained = { ...HERE, cert: `${HERE.cert}${CA}` }
    const url = `https://127.0.0.1:${await listening(createHttps(chained))}`
    const chain = await presentedCertificates({ url, env: {} })
    const root = new X509Certificate(CA)
    expect(chain.map((one) => one.root)).toEqual([false, true])
    expect(chain[1]).toMatchObject({ fingerprint: root.fingerprint256, notAfter: Date.parse(root.validTo) / 1000 })
    expect(new X509Certificate(String(chain[1]?.pem)).fingerprint256).toBe(root.fingerprint256)
  })

  it('sdk presented certificates: tells what does not speak TLS, and what is not there', async () => {
    const plain = await listening(createHttp((_request, response) => response.end()))
    await expect(presentedCertificates({ url: `https://127.0.0.1:${plain}`, env: {} })).rejects.toMatchObject({
      code: expect.stringMatching(/^(NOT_TOWLINE|SERVER_UNREACHABLE)$/),
    })
    const closing = await listening(createTcp((socket) => socket.destroy()))
    await expect(presentedCertificates({ url: `https://127.0.0.1:${closing}`, env: {} })).rejects.toMatchObject({
      code: 'SERVER_UNREACHABLE',
    })
  })
})
