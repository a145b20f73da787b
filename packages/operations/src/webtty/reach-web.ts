/** Owns reaching a WebTTY server at an address of its own, by WebSocket and HTTP, with a token that was given for it. */
import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Duplex } from 'node:stream'
import { fromDuplex, readPrivateFile, Secret } from '@towline/base'
import { AppError, LIMITS, WEBTTY_PROTOCOL } from '@towline/protocol'
import { openWebSocketCarrier } from '@towline/webtty'
import { WebSocket } from 'ws'
import type { Env } from '../context/home.ts'
import type { Reach } from './reach.ts'
import { nameIn } from './webtty-url.ts'

/** `TOWLINE_WEBTTY_TOKEN_FILE`, else `TOWLINE_WEBTTY_TOKEN`. A token of a context is never sent to an address it was not stored for. */
export const webToken = async (env: Env): Promise<Secret | undefined> => {
  const file = env['TOWLINE_WEBTTY_TOKEN_FILE'] || undefined
  if (file === undefined) return env['TOWLINE_WEBTTY_TOKEN'] ? new Secret(env['TOWLINE_WEBTTY_TOKEN']) : undefined
  const text = (await readPrivateFile(file))?.trim()
  if (text) return new Secret(text)
  throw new AppError('CONFIG_INVALID', { key: 'TOWLINE_WEBTTY_TOKEN_FILE', file, problem: 'there is no token in it' })
}

/** The way to `url` as its holder. */
export const openWeb = (url: URL, token: Secret): Reach => {
  let refusal: AppError | undefined
  return {
    name: nameIn(url),
    get refusal() {
      return refusal
    },
    headers: { host: url.host, authorization: `Bearer ${token.reveal()}` },
    stream: async () => fromDuplex(await connectTo(url)),
    carrier: async (signal) => {
      signal?.throwIfAborted()
      refusal = undefined
      const socket = new WebSocket(url.href.replace(/^http/, 'ws'), WEBTTY_PROTOCOL, {
        headers: { authorization: `Bearer ${token.reveal()}` },
        perMessageDeflate: false,
        maxPayload: LIMITS.webttyMessageBytes,
        handshakeTimeout: LIMITS.webttyHelloMs,
      })
      socket.on('unexpected-response', (request, response) => {
        refusal = refusedWith(response.statusCode ?? 0, url)
        request.destroy(refusal)
      })
      return await openWebSocketCarrier(socket)
    },
    over: false,
    close: async () => {},
  }
}

const refusedWith = (status: number, url: URL): AppError => {
  if (status === 401) return new AppError('UNAUTHENTICATED')
  if (status === 403) return new AppError('FORBIDDEN', { permission: 'tunnels.connect' })
  return new AppError('SERVER_UNREACHABLE', { url: url.origin, problem: `it answers ${status}` })
}

const connectTo = (url: URL): Promise<Duplex> =>
  new Promise((done, fail) => {
    const { hostname, protocol } = url
    const host = hostname.replace(/^\[|\]$/g, '')
    const secure = protocol === 'https:'
    const port = Number(url.port) || (secure ? 443 : 80)
    const socket = secure
      ? connectTls({ host, port, servername: host, ALPNProtocols: ['http/1.1'] }, () => done(socket))
      : connectTcp({ host, port, allowHalfOpen: true }, () => done(socket))
    socket.once('error', (error: NodeJS.ErrnoException) =>
      fail(new AppError('SERVER_UNREACHABLE', { url: url.origin, problem: error.code ?? error.message })),
    )
  })
