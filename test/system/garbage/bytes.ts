/** Owns what is thrown at a listener: beginnings of every protocol it speaks, cut off, bent, or of chance alone. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { FRAME, HEADER_BYTES, PREFACE, putHeader } from '@towline/protocol'
import { type Chance, size } from '../torture/pattern.ts'

/** The first record that a TLS client of this machine sends. */
export const clientHello = async (servername: string, alpn: readonly string[]): Promise<Buffer> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const arrived = once(server, 'connection')
  const below = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const client = connectTls({ socket: below, servername, ALPNProtocols: [...alpn] }).on('error', () => {})
  const [socket] = (await arrived) as [Socket]
  const [hello] = (await once(socket, 'data')) as [Buffer]
  for (const end of [client, below, socket]) end.destroy()
  server.close()
  return hello
}

/** A frame of the mux. */
const frame = (type: number, stream: number, payload: Buffer): Buffer => {
  const head = Buffer.alloc(HEADER_BYTES)
  putHeader(head, 0, { type, length: payload.length, id: stream })
  return Buffer.concat([head, payload])
}

const json = (value: object): Buffer => Buffer.from(JSON.stringify(value))

/** A whole and good beginning of a link. */
const link = (token: string): Buffer =>
  Buffer.concat([
    Buffer.from(PREFACE),
    frame(
      FRAME.control,
      0,
      json({
        type: 'hello',
        min: 1,
        max: 1,
        token,
        agent: 'x/1',
        os: 'linux',
        arch: 'x64',
        labels: { a: '\u001b[2J' },
      }),
    ),
    frame(FRAME.control, 0, json({ type: 'tunnel.open', ref: 1, spec: { kind: 'http', name: 'thrown' } })),
    frame(FRAME.open, 1, json({ dial: 'web' })),
    frame(FRAME.data, 1, Buffer.alloc(64)),
  ])

const H2 = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
/** SETTINGS, and a HEADERS frame of a stream that says more than there is. */
const H2_FRAMES = '000000040000000000' + '000010010400000001' + '828684418cf1e3c2e5f23a6ba0ab90f4'

/** Whole beginnings, by what they are. */
export const beginnings = (host: string, token: string, hellos: readonly Buffer[]): readonly Buffer[] => [
  ...hellos,
  link(token),
  link('tow_wrong'),
  Buffer.concat([Buffer.from(H2), Buffer.from(H2_FRAMES, 'hex')]),
  Buffer.from(
    `GET / HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\nX-\u009b: \u001b]0;x\u0007\r\n\r\n`,
    'latin1',
  ),
  Buffer.from(
    `POST /up HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n`,
  ),
  Buffer.from(`GET /api/engine/tunnels HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`),
  Buffer.from(
    `GET /api/link HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
      `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: towline.1\r\n\r\n\u0082\u007f\u00ff\u00ff`,
    'latin1',
  ),
]

const random = (next: Chance, length: number): Buffer => Buffer.from(Array.from({ length }, () => next() * 256))

/** Cuts a beginning off, changes some of its bytes, doubles a piece of it, or goes on with chance. */
const BENDS: readonly ((whole: Buffer, next: Chance) => Buffer)[] = [
  (whole, next) => whole.subarray(0, Math.floor(next() * whole.length)),
  (whole, next) => {
    const bent = Buffer.from(whole)
    for (let left = size(next, 1, 16); left > 0; left--) bent[Math.floor(next() * bent.length)] = next() * 256
    return bent
  },
  (whole, next) => {
    const at = Math.floor(next() * whole.length)
    return Buffer.concat([whole.subarray(0, at), whole.subarray(Math.floor(at / 2))])
  },
  (whole, next) => Buffer.concat([whole, random(next, size(next, 1, 2_048))]),
  (_whole, next) => random(next, size(next, 1, 4_096)),
]

/** What is thrown next. */
export const bent = (whole: readonly Buffer[], next: Chance): Buffer => {
  const [of, bend] = [whole[Math.floor(next() * whole.length)], BENDS[Math.floor(next() * BENDS.length)]]
  return (bend as (typeof BENDS)[number])(of as Buffer, next)
}
