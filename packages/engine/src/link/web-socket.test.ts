/** Proves that a link over WebSocket carries what every other link does. */
import { attachLink, type ControlMessage, LINK_SUBPROTOCOL, NO_SLAB } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type Served, serve } from '../api/served.fixture.ts'
import { echo, Inbox, within } from './rig.fixture.ts'
import { webSocketChannel } from './web-socket.ts'

let served: Served
afterEach(() => served.close())

const dialUp = async (): Promise<WebSocket> => {
  const socket = new WebSocket(`ws://127.0.0.1:${served.port}/api/link`, LINK_SUBPROTOCOL, { perMessageDeflate: false })
  await within('the upgrade', new Promise((done, fail) => socket.on('open', done).on('error', fail)))
  return socket
}

const HELLO = { type: 'hello', min: 1, max: 1, token: 'anna', agent: 'a', os: 'o', arch: 'x' } as const

describe('engine link over WebSocket', () => {
  it('closes a peer that sends text, and one whose messages are too long', async () => {
    verifies('limits.table')
    served = await serve()
    for (const message of ['text', new Uint8Array(served.limits.linkMessageBytes + 1)]) {
      const socket = await dialUp()
      const closed = new Promise<number>((done) => socket.on('close', done))
      socket.send(message)
      expect(await within('the end', closed)).not.toBe(1000)
    }
  })

  it('carries megabytes both ways through a dial, unchanged', async () => {
    served = await serve()
    const socket = await dialUp()
    const said = new Inbox<ControlMessage>()
    const mux = attachLink(webSocketChannel(socket), {
      role: 'client',
      limits: served.limits,
      onStream: echo,
      onControl: said.put,
      onClosed() {},
    })
    mux.send(HELLO)
    await said.until('welcome', ({ type }) => type === 'welcome')
    mux.send({ type: 'tunnel.open', ref: 1, spec: { kind: 'private', name: 'db' } })
    await said.until('the tunnel', ({ type }) => type === 'tunnel.opened')

    const sent = Buffer.alloc(3 * 1024 * 1024, 'towline ')
    const got: Buffer[] = []
    const whole = new Promise<void>((done) => {
      const stream = mux.open(
        { dial: 'db' },
        { data: (bytes) => got.push(Buffer.from(bytes)), ended: done, drained() {}, closed() {} },
      )
      stream.write(sent, NO_SLAB)
      stream.end()
    })
    await within('the echo', whole)
    expect(Buffer.concat(got).equals(sent)).toBe(true)
    const { clients } = (await (await served.call('anna', '/api/engine/clients')).json()) as {
      clients: { transport: string }[]
    }
    expect(clients.map(({ transport }) => transport)).toEqual(['websocket'])
    mux.close()
    await within('the end', new Promise((done) => socket.on('close', done)))
  })
})
