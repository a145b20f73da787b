/** Judges upgrades of an HTTP tunnel by `ws` on both sides, plain and over TLS. */
import { fileURLToPath } from 'node:url'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launch, type Running, succeed } from './processes.ts'
import { openTowline, type Towline } from './towline.ts'

const SERVICE = fileURLToPath(new URL('clients/ws-service.mjs', import.meta.url))
const CLIENT = fileURLToPath(new URL('clients/ws-client.mjs', import.meta.url))

describe('interop websocket', () => {
  let service: Running
  let towline: Towline

  beforeAll(async () => {
    service = launch([process.execPath, SERVICE])
    const [, port] = await service.said(/listening (\d+)\n/)
    towline = await openTowline()
    await towline.forward(port as string, '--name', 'ws')
  })
  afterAll(async () => {
    await towline?.close()
    await service?.stop()
  })

  it.each(['ws', 'wss'])('echoes, fragments, pings and closes over %s as without a tunnel', async (scheme) => {
    verifies('tunnel.http.websocket')
    const argv = [process.execPath, CLIENT, `${scheme}://${towline.host('ws')}`]
    const told = await succeed(argv, { env: { NODE_EXTRA_CA_CERTS: towline.caFile }, withinMs: 150_000 })
    expect(JSON.parse(told)).toEqual({
      binary: Array(8).fill(true),
      text: Array(8).fill(true),
      deflate: { extensions: 'permessage-deflate', same: true },
      fragments: { pieces: 50, parts: 'part 1 part 2 part 3 ' },
      protocol: 'chat.2',
      refused: 401,
      pings: ['from client', 'pong from-service'],
      serviceCloses: [
        { code: 1000, reason: 'done' },
        { code: 1011, reason: 'it broke' },
        { code: 4321, reason: 'a reason of its own' },
        { code: 1006, reason: '' },
      ],
      clientCloses: [
        [1000, { code: 1000, reason: 'done' }],
        [4001, { code: 4001, reason: 'a reason of mine' }],
        [1005, { code: 1005, reason: '' }],
        { code: 1006, reason: '' },
      ],
      many: 200,
      stream: 2000,
    })
  })
})
