/** Owns visitors of a listener for its tests: raw and TLS connections, how they end, and closing all of it. */
import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { FakeTunnel } from '../edge/fakes.fixture.ts'
import type { KeyPair } from '../tls/certificate.ts'
import { certified, fixed } from '../tls/certificates.fixture.ts'
import { type Hall, type HallOptions, openHall, soon } from './listener.fixture.ts'

interface Certified {
  readonly ca: string
  readonly leaf: KeyPair
}

/** `prepare` before the first test, `close` after each. */
export const createStreet = () => {
  const closing: (() => unknown)[] = []
  const defer = (close: () => unknown): void => void closing.push(close)
  /** Of the listener, and of a service with a certificate of its own. */
  const certificates = {} as { edge: Certified; own: Certified }
  const prepare = async (): Promise<void> => {
    certificates.edge = await certified('localhost', '127.0.0.1', '*.dev.localhost')
    certificates.own = await certified('pass.dev.localhost')
  }
  const close = async (): Promise<void> => {
    for (const one of closing.splice(0).reverse()) await one()
  }

  const open = async (options: HallOptions = {}): Promise<Hall> => {
    const hall = await openHall({ certificates: [fixed(certificates.edge.leaf)], ...options })
    defer(hall.close)
    return hall
  }

  /** A raw connection, and how it ends: its bytes and then `end`, or the error's code. */
  const tcp = (port: number) => {
    const socket = connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true })
    defer(() => socket.destroy())
    return { socket, over: ending(socket) }
  }

  const tls = async (port: number, options: ConnectionOptions = {}): Promise<TLSSocket> => {
    const below = connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true })
    defer(() => below.destroy())
    const socket = connectTls({ socket: below, ca: certificates.edge.ca, servername: 'localhost', ...options })
    defer(() => socket.destroy())
    await soon(once(socket, 'secureConnect'), 'the handshake')
    return socket
  }

  /** Why a handshake failed. */
  const tlsRefusal = async (port: number, options: ConnectionOptions = {}): Promise<string> => {
    const socket = connectTls({
      port,
      host: '127.0.0.1',
      ca: certificates.edge.ca,
      servername: 'localhost',
      ...options,
    })
    defer(() => socket.destroy())
    const [error] = (await soon(once(socket, 'error'), 'a refusal')) as [NodeJS.ErrnoException]
    return error.code ?? error.message
  }

  return { prepare, close, defer, certificates, open, tcp, tls, tlsRefusal }
}

/** All bytes, then `end` or the error's code. */
export const ending = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let got = ''
    socket.on('data', (chunk) => {
      got += chunk.toString('latin1')
    })
    socket.on('end', () => resolve(`${got}end`))
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(`${got}${error.code}`))
  })

/** Waits until every visitor has left. */
export const empty = (hall: Hall): Promise<void> => {
  const left = async (): Promise<void> => {
    while (hall.listener.visitors > 0) await new Promise((next) => setImmediate(next))
  }
  return soon(left(), 'an empty hall')
}

/** Waits for a text and answers what came up to it. */
export const until = async (socket: Socket, text: string): Promise<string> => {
  let got = ''
  return soon(
    new Promise((resolve) => {
      socket.on('data', (chunk) => {
        got += chunk.toString('latin1')
        if (got.includes(text)) resolve(got)
      })
    }),
    text,
  )
}

/** A tls tunnel whose service is the test. */
export const tlsTunnel = (over: object = {}): FakeTunnel => new FakeTunnel({ kind: 'tls', name: 'db', ...over })
