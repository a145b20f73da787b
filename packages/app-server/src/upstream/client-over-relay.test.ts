/** Proves that our client goes on over a relay as if nothing had been: each message once, and questions under their ids. */
import { silentLog } from '@towline/base'
import { eventually } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { openAppClient } from '../client/app-client.ts'
import { memoryWires } from '../rpc/memory-wires.ts'
import type { Wire } from '../rpc/wire.ts'
import { openRelay } from './open-relay.ts'

interface Said {
  readonly id?: number | string
  readonly method?: string
  readonly params?: Readonly<Record<string, unknown>>
}

/** An app-server with one thread, which answers everything; and a network that breaks. */
const opened = async () => {
  const servers: { readonly wire: Wire; readonly said: Said[] }[] = []
  const networks: Wire[] = []
  const relay = openRelay({
    log: silentLog(),
    dial: async () => {
      const [near, far] = memoryWires()
      const said: Said[] = []
      far.sink = {
        message: (text) => {
          const message = JSON.parse(text) as Said
          said.push(message)
          if (message.id === undefined || message.method === undefined) return
          const result = message.method === 'initialize' ? { userAgent: 'codex/1' } : { thread: { id: 'T', turns: [] } }
          far.send(JSON.stringify({ id: message.id, result }))
        },
        drained: () => undefined,
        closed: () => undefined,
      }
      far.resume()
      servers.push({ wire: far, said })
      return near
    },
  })
  const heard: string[] = []
  const asked: unknown[] = []
  let settle = (): void => undefined
  const client = await openAppClient({
    connect: async () => {
      const [near, far] = memoryWires()
      networks.push(far)
      relay.serve(far)
      return near
    },
    clientInfo: { name: 'towline', title: null, version: '1' },
    onNotification: ({ method, params }) => {
      if (method === 'item/agentMessage/delta') heard.push(String((params as { delta?: string }).delta))
    },
    onRequest: ({ id }) => {
      asked.push(id)
      return new Promise((done) => {
        settle = () => done({ decision: 'accept' })
      })
    },
    onThread: () => void heard.push('read anew'),
    log: silentLog(),
  })
  const tell = (message: object): void => servers[0]?.wire.send(JSON.stringify(message))
  return { client, relay, servers, networks, heard, asked, tell, answer: () => settle() }
}

const delta = (text: string) => ({ method: 'item/agentMessage/delta', params: { threadId: 'T', delta: text } })
const turns = async (): Promise<void> => {
  for (let count = 0; count < 20; count++) await new Promise(setImmediate)
}

describe('our client over a relay', () => {
  it('upstream relay: tells our client what it missed, once, without reading the thread anew', async () => {
    verifies('app.sequence', 'tui.reconnect')
    const { client, servers, networks, heard, asked, tell, answer } = await opened()
    await client.request('thread/start', {})
    tell(delta('a'))
    tell({ id: 0, method: 'item/commandExecution/requestApproval', params: { threadId: 'T' } })
    await turns()
    // The relay sees its client go before the client does.
    networks[0]?.close()
    tell(delta('b'))
    await turns()
    tell(delta('c'))
    await eventually('all that was told', () => (heard.length >= 3 ? true : undefined))
    expect(heard).toEqual(['a', 'b', 'c'])
    expect(asked).toEqual([0])
    answer()
    await eventually('the answer', () => (servers[0]?.said.at(-1)?.id === 0 ? true : undefined))
    expect(servers.length).toBe(1)
    expect(servers[0]?.said.map(({ id, method }) => method ?? id)).toEqual([
      'initialize',
      'initialized',
      'thread/start',
      0,
    ])
    client.close()
  })

  it('upstream relay: has our client read the thread anew when its session is over', async () => {
    const { client, servers, networks, heard, tell } = await opened()
    await client.request('thread/start', {})
    tell(delta('a'))
    await turns()
    servers[0]?.wire.close()
    await eventually('the thread anew', () => (heard.includes('read anew') ? true : undefined))
    expect(networks.length).toBe(2)
    expect(servers[1]?.said.map(({ method }) => method)).toEqual([
      'initialize',
      'initialized',
      'thread/resume',
      'thread/read',
    ])
    servers[1]?.wire.send(JSON.stringify(delta('b')))
    await eventually('what comes then', () => (heard.length >= 3 ? true : undefined))
    expect(heard).toEqual(['a', 'read anew', 'b'])
    client.close()
  })
})
