/** Proves that watches over server-sent events and WebSocket miss nothing: they resume where they broke off while tunnels come and go. */
import { AppError, type WatchEvent } from '@towline/protocol'
import { createInventory } from '@towline/sdk'
import { Inbox, openEcho, openRelay, openSystem, type Service, type System, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'

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

  it('resumes over server-sent events by itself when the connection breaks, without a gap or a repeat', async () => {
    verifies('engine.sse')
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
      for await (const event of inventory.watch({ signal: ending.signal })) heard.put(event)
    })()
    await heard.until('the first state', ({ type }) => type === 'state.initial')
    const expected: string[] = []
    for (let round = 0; round < 5; round++) {
      const name = `sse-${round}`
      await comeAndGo(name)
      expected.push(`tunnel.created ${name}`, `tunnel.deleted ${name}`)
      if (round < 4) relay.cut()
    }
    await heard.until('the last event', (event) => named(event, 'tunnel.deleted', 'sse-4'))
    ending.abort()
    await watching
    inventory.close()
    expect(ofTunnels(heard.all)).toEqual(expected)
    expect(heard.all.filter(({ type }) => type === 'state.initial')).toHaveLength(1)
  })

  it('resumes over WebSocket after the last event that was heard', async () => {
    verifies('engine.websocket')
    const open = async (after?: string) => {
      const query = after === undefined ? '' : `?lastEventId=${after}`
      const headers = { authorization: `Bearer ${system.token}` }
      const socket = new WebSocket(`ws://127.0.0.1:${system.port}/api/engine/watch/ws${query}`, { headers })
      const heard = new Inbox<WatchEvent>()
      socket.on('message', (text) => heard.put(JSON.parse(String(text)) as WatchEvent))
      socket.on('error', (error) => heard.end(error.message))
      return { socket, heard }
    }
    const first = await open()
    await first.heard.until('the first state', ({ type }) => type === 'state.initial')
    await comeAndGo('ws-1')
    const last = await first.heard.until('the end of ws-1', (event) => named(event, 'tunnel.deleted', 'ws-1'))
    first.socket.terminate()
    await comeAndGo('ws-2')
    const second = await open(last.id)
    await comeAndGo('ws-3')
    await second.heard.until('the end of ws-3', (event) => named(event, 'tunnel.deleted', 'ws-3'))
    expect(ofTunnels(second.heard.all)).toEqual(
      ['ws-2', 'ws-3'].flatMap((name) => [`tunnel.created ${name}`, `tunnel.deleted ${name}`]),
    )
    second.socket.terminate()
  })

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
