/** Owns serving this machine on an address of its own, without a relay, until it is ended. */
import { createServer } from 'node:net'
import { fromDuplex, hostPort, isLoopback, listenBytes, listenPrivately, randomText, Secret } from '@towline/base'
import { AppError, shown } from '@towline/protocol'
import { parseListen } from '../address.ts'
import { type HostOptions, openHost, type WebttyHost } from './webtty-host.ts'

export interface ListenWebttyRequest {
  /** `unix:/path`, or `ip:port` of this machine. */
  readonly listen: string
  /** What a port asks for; one is made when absent. */
  readonly token?: Secret | undefined
  readonly host: Omit<HostOptions, 'token' | 'exposer'>
  readonly signal: AbortSignal
  readonly onListening: (listening: Listening) => void
}

export interface Listening {
  /** What `--url` takes. */
  readonly url: string
  /** Made here, to be shown once; absent for sockets and tokens that were given. */
  readonly token?: Secret
  readonly host: WebttyHost
}

/** Resolves when `signal` ended it. Rejects with OPTION_INVALID, PORT_IN_USE, PORT_FORBIDDEN. */
export const listenWebtty = async (request: ListenWebttyRequest): Promise<void> => {
  const { identity } = request.host
  if (identity !== undefined) {
    const problem = 'clients pin a server by its name at a relay, and --listen has none'
    throw new AppError('OPTION_INVALID', { option: '--identity', value: identity, problem })
  }
  const open = request.listen.startsWith('unix:') ? onSocket : onPort
  const listener = await open(request)
  try {
    await aborted(request.signal)
  } finally {
    await listener.close()
  }
}

interface Listener {
  close(): Promise<void>
}

/** Only this user reaches the socket, so nothing more is asked. */
const onSocket = async ({ listen, host: options, onListening }: ListenWebttyRequest): Promise<Listener> => {
  const path = listen.slice('unix:'.length)
  if (!path.startsWith('/'))
    throw new AppError('OPTION_INVALID', { option: '--listen', value: shown(listen), problem: 'write unix:/path' })
  const host = await openHost('', { ...options, exposer: 'EXPOSE_NEEDS_RELAY' })
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) =>
    host.server.serve(fromDuplex(socket)),
  )
  await listenPrivately(server, path)
  onListening({ url: listen, host })
  return {
    close: async () => {
      server.close()
      await host.close()
    },
  }
}

const TOKEN_CHARS = 40

const onPort = async (request: ListenWebttyRequest): Promise<Listener> => {
  const { host: at, port } = parseListen(request.listen)
  if (!isLoopback(at)) {
    throw new AppError('OPTION_INVALID', {
      option: '--listen',
      value: request.listen,
      problem: 'without a relay only this machine is served; use 127.0.0.1',
    })
  }
  const made = request.token === undefined ? new Secret(randomText(TOKEN_CHARS)) : undefined
  const host = await openHost('', {
    ...request.host,
    token: request.token ?? made,
    exposer: 'EXPOSE_NEEDS_RELAY',
  })
  const server = await listenBytes({
    host: at,
    port,
    onConnection: (socket) => host.server.serve(socket, { native: false }),
  })
  request.onListening({ url: `http://${hostPort(server.host, server.port)}`, host, ...(made && { token: made }) })
  return {
    close: async () => {
      await server.close()
      await host.close()
    },
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    if (signal.aborted) return done()
    signal.addEventListener('abort', () => done(), { once: true })
  })
