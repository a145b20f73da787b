/** Proves what the edge asks of visitors, end to end: proofs, addresses, and the Host that the service sees. */
import type { IncomingHttpHeaders } from 'node:http'
import { type Answer, openHttpService, openSystem, type Service, type System, verifies, visit } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** What the service saw of a request. */
interface Seen {
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

describe('edge policy', () => {
  let system: System
  let service: Service
  let asked = 0
  beforeAll(async () => {
    system = await openSystem()
    service = await openHttpService(({ url, headers }, response) => {
      asked++
      response.end(JSON.stringify({ url, headers }))
    })
  })
  afterAll(() => Promise.all([system?.close(), service?.close()]))

  const seen = ({ body }: Answer): Seen => JSON.parse(body) as Seen
  const code = ({ status, body }: Answer) => [status, (JSON.parse(body) as { error: { code: string } }).error.code]

  it('turns visitors without one good proof away before the service hears of them, and strips the proof of others', async () => {
    verifies('edge.token')
    const { url } = await system.serve({ kind: 'http', name: 'guarded', tokenAuth: true }, service.port)
    const bearer = { authorization: `Bearer ${system.token}` }
    const query = `/?towline.token=${system.token}&a=1`
    const before = asked
    expect(code(await visit({ to: url }))).toEqual([401, 'UNAUTHENTICATED'])
    expect(code(await visit({ to: url, headers: { authorization: 'Bearer wrong' } }))).toEqual([401, 'UNAUTHENTICATED'])
    expect(code(await visit({ to: url, path: query, headers: bearer }))).toEqual([400, 'PROOF_DUPLICATE'])
    expect(asked).toBe(before)
    const byHeader = seen(await visit({ to: url, headers: bearer }))
    const byQuery = seen(await visit({ to: url, path: query }))
    expect([byHeader.headers.authorization, byQuery.url]).toEqual([undefined, '/?a=1'])
    expect(system.log.some((line) => line.includes(system.token))).toBe(false)
  })

  it('lets only trusted networks in, by the address of the socket and nothing the visitor says', async () => {
    verifies('edge.ip')
    const away = await system.serve({ kind: 'http', name: 'away', trustedIps: ['10.0.0.0/8'] }, service.port)
    const home = await system.serve(
      { kind: 'http', name: 'home', trustedIps: ['10.0.0.0/8', '127.0.0.0/8'] },
      service.port,
    )
    const headers = { 'x-forwarded-for': '10.1.2.3', forwarded: 'for=10.1.2.3' }
    expect(code(await visit({ to: away.url, headers }))).toEqual([403, 'IP_REFUSED'])
    expect((await visit({ to: home.url })).status).toBe(200)
  })

  it('checks the address before the proof', async () => {
    verifies('edge.order')
    const spec = { kind: 'http', name: 'both', tokenAuth: true, trustedIps: ['10.0.0.0/8'] } as const
    const { url } = await system.serve(spec, service.port)
    expect(code(await visit({ to: url }))).toEqual([403, 'IP_REFUSED'])
  })

  it('keeps the Host of the visitor, or sends the one that was asked for, and says who came', async () => {
    verifies('tunnel.http.headers')
    const plain = await system.serve({ kind: 'http', name: 'plain' }, service.port)
    const other = await system.serve({ kind: 'http', name: 'other', hostHeader: 'app.internal:3000' }, service.port)
    const headers = { 'x-forwarded-for': '6.6.6.6', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.test' }
    const [first, second] = [seen(await visit({ to: plain.url, headers })), seen(await visit({ to: other.url }))]
    expect([first.headers.host, second.headers.host]).toEqual([system.host('plain'), 'app.internal:3000'])
    expect(first.headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': system.host('plain'),
    })
    expect(JSON.stringify(first)).not.toMatch(/6\.6\.6\.6|evil/)
  })
})
