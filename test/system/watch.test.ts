/** Proves that watches over server-sent events and WebSocket miss nothing: they resume where they broke off while tunnels come and go. */
import { AppError, type WatchEvent } from '@towline/protocol'
import { createInventory } from '@towline/sdk'
import { Inbox, openEcho, openRelay, openSystem, type Service, type System, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const subject = ({ type, object }: WatchEvent): string => `${type} ${'name' in object ? object.name : ''}`.trim()
const ofTunnels = (events: readonly WatchEvent[]): readonly string[] =>
  events.map(subject).filter((text) => text.startsWith('tunnel.'))

describe('watch', () => {
  let system: System
  let echo: Service
  beforeAll(async () => {
    ;[system, echo] = await Promise.all([openSystem(), openEcho()])
  })
  afterAll(() => Promise.all([system?.close(), echo?.close()]))

  const comeAndGo = async (name: string): Promise<void> => {
    const tunnel = await system.serve({ kind: 'private', name }, echo.port)
    tunnel.close()
    await tunnel.closed
  }
  const named = (event: WatchEvent, type: string, name: string): boolean => subject(event) === `${type} ${name}`

  const ways = [
    { way: 'watch', over: 'server-sent events' },
    { way: 'watchSocket', over: 'WebSocket' },
  ] as const

  it.each(ways)(
    'resumes over $over by itself when the connection breaks, without a gap or a repeat',
    async ({ way }) => {
      verifies('engine.sse', 'engine.websocket')
      await using relay = await openRelay(system.port)
      const ending = new AbortController()
      const heard = new Inbox<WatchEvent>()
      const { token, ca } = system
      const inventory = createInventory({
        url: `https://127.0.0.1:${relay.port}`,
        token,
        ca,
        env: {},
        limits: system.limits,
      })
      const watching = (async () => {
        for await (const event of inventory[way]({ signal: ending.signal })) heard.put(event)
      })()
      await heard.until('the first state', ({ type }) => type === 'state.initial')
      const expected: string[] = []
      for (let round = 0; round < 5; round++) {
        const name = `${way.toLowerCase()}-${round}`
        await comeAndGo(name)
        expected.push(`tunnel.created ${name}`, `tunnel.deleted ${name}`)
        if (round < 4) relay.cut()
      }
      await heard.until('the last event', (event) => named(event, 'tunnel.deleted', `${way.toLowerCase()}-4`))
      ending.abort()
      await watching
      inventory.close()
      expect(ofTunnels(heard.all)).toEqual(expected)
      expect(heard.all.filter(({ type }) => type === 'state.initial')).toHaveLength(1)
    },
  )

  it('takes a token in the query only when it is short-lived and may do nothing but list', async () => {
    verifies('engine.query-token')
    const ask = async (token: string): Promise<[number, string]> => {
      const answer = await fetch(`http://127.0.0.1:${system.port}/api/engine/watch?towline.token=${token}`)
      const code = answer.status === 200 ? '' : AppError.from(((await answer.json()) as { error: unknown }).error).code
      await answer.body?.cancel().catch(() => {})
      return [answer.status, code]
    }
    const principal = await system.control.authority.verify(system.token)
    const mint = async (ttlSeconds: number): Promise<string> =>
      (await system.control.authority.mint(principal, { permissions: ['tunnels.list'], ttlSeconds })).token
    expect(await ask(system.token)).toEqual([401, 'QUERY_TOKEN_REFUSED'])
    expect(await ask(await mint(3_600))).toEqual([401, 'QUERY_TOKEN_REFUSED'])
    expect(await ask(await mint(60))).toEqual([200, ''])
    expect(system.log.some((line) => line.includes('towline.token='))).toBe(false)
  })
})
