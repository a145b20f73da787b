/** Proves what the server of the API answers before the API itself is loaded. */
import { afterEach, describe, expect, it } from 'vitest'
import { type Served, serve } from './served.fixture.ts'

describe('engine API server', () => {
  let served: Served | undefined
  afterEach(() => served?.close())

  it('says that it is well without loading the API', async () => {
    served = await serve()
    let loads = 0
    const { api } = served.core
    Object.assign(served.core, { api: () => (loads++, api()) })
    const answer = await fetch(`http://127.0.0.1:${served.port}/api/health`)
    expect([answer.status, await answer.json(), loads]).toEqual([200, { status: 'ok' }, 0])
  })

  it('answers calls that come while the API is loading, and those after', async () => {
    served = await serve()
    const url = `http://127.0.0.1:${served.port}/api/engine/openapi.json`
    const [first, second] = await Promise.all([fetch(url), fetch(url)])
    const third = await fetch(url)
    expect([first.status, second.status, third.status]).toEqual([200, 200, 200])
  })

  it('answers health whatever query a prober adds', async () => {
    served = await serve()
    const answer = await fetch(`http://127.0.0.1:${served.port}/api/health?at=1`)
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'ok' }])
  })

  it('reads bodies that do not say how long they are: none, in parts, and too long', async () => {
    served = await serve({ limits: { apiBodyBytes: 100 } })
    const url = `http://127.0.0.1:${served.port}/api/engine`
    const headers = { authorization: 'Bearer anna', 'content-type': 'application/json' }
    const cut = await fetch(`${url}/tunnels/tun_none`, { method: 'DELETE', headers: { authorization: 'Bearer anna' } })
    expect([cut.status, await cut.json()]).toMatchObject([404, { error: { code: 'NOT_FOUND' } }])
    const post = async (...parts: readonly string[]) => {
      const body = new ReadableStream({
        start(stream) {
          for (const part of parts) stream.enqueue(new TextEncoder().encode(part))
          stream.close()
        },
      })
      const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit
      const answer = await fetch(`${url}/tokens`, init)
      return [answer.status, ((await answer.json()) as { error?: { code: string } }).error?.code]
    }
    expect(await post('{"permissions": ["tunnels', '.list"], "ttlSeconds": 60}')).toEqual([201, undefined])
    expect(await post('{"permissions": "', 'tunnels.list"}')).toEqual([400, 'REQUEST_INVALID'])
    expect(await post('{"x":"', 'x'.repeat(200), '"}')).toEqual([413, 'PAYLOAD_TOO_LARGE'])
  })

  it('says that the API could not be loaded, and loads it again for the next call', async () => {
    served = await serve()
    const { api } = served.core
    let failures = 1
    Object.assign(served.core, {
      api: () => (failures-- > 0 ? Promise.reject(new Error('too many open files')) : api()),
    })
    const url = `http://127.0.0.1:${served.port}/api/engine/openapi.json`
    const first = await fetch(url)
    expect([first.status, await first.json()]).toMatchObject([500, { error: { code: 'INTERNAL' } }])
    expect((await fetch(url)).status).toBe(200)
  })

  it('keeps no watch for a caller that left while the API was loading', async () => {
    served = await serve({ limits: { watchers: 1 } })
    const { api } = served.core
    let go = (): void => {}
    const held = new Promise<void>((done) => {
      go = done
    })
    let asked = (): void => {}
    const begun = new Promise<void>((done) => {
      asked = done
    })
    Object.assign(served.core, { api: async () => (asked(), await held, api()) })
    const gone = new AbortController()
    const url = `http://127.0.0.1:${served.port}/api/engine/watch`
    const call = fetch(url, { signal: gone.signal, headers: { authorization: 'Bearer anna' } }).catch(() => 'gone')
    await begun
    gone.abort()
    expect(await call).toBe('gone')
    await new Promise((later) => setTimeout(later, 50))
    go()
    await new Promise((later) => setTimeout(later, 50))
    const next = await fetch(url, { headers: { authorization: 'Bearer anna' } })
    expect(next.status).toBe(200)
    await next.body?.cancel()
  })
})
