/** Owns servers that are not engines, and proxies, for tests of connecting. */
import { createServer as createHttp, type IncomingMessage } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTls, Server as TlsServer } from 'node:tls'
import { HERE } from './certificates.fixture.ts'

export interface Opened {
  readonly port: number
  close(): Promise<void>
}

/** Listens on loopback; closing breaks its connections off. */
export const open = async (server: Server, port = 0): Promise<Opened> => {
  const sockets = new Set<Socket>()
  const track = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  }
  // Node leaves a handle open when what is below TLS is destroyed first.
  if (server instanceof TlsServer) server.on('secureConnection', track)
  server.on('connection', track)
  await new Promise<void>((up) => server.listen(port, '127.0.0.1', up))
  return {
    port: (server.address() as { port: number }).port,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        for (const socket of [...sockets].reverse()) socket.destroy()
      }),
  }
}

/** Says its line and nothing else. */
export const banner = (text: string, port = 0): Promise<Opened> =>
  open(
    createServer((socket) => void socket.write(text)),
    port,
  )

/** Takes connections and keeps quiet. */
export const silence = (): Promise<Opened> => open(createServer(() => {}))

export interface Filter extends Opened {
  pass: 'some' | 'nothing' | 'everything'
  /** Connections it broke off for their first bytes. */
  readonly broken: number
}

/** Leads to `port` of this machine, but breaks off what begins with bytes that hold `word`, as a middlebox does. */
export const filter = async (port: number, word: string): Promise<Filter> => {
  const state = { pass: 'some' as Filter['pass'], broken: 0 }
  const server = createServer((socket) =>
    socket.once('data', (first) => {
      const refused = state.pass === 'some' && first.includes(word)
      if (refused) state.broken++
      if (refused || state.pass === 'nothing') return void socket.resetAndDestroy()
      const upstream = connect(port, '127.0.0.1', () => {
        upstream.write(first)
        upstream.pipe(socket)
        socket.pipe(upstream)
      })
      upstream.on('error', () => socket.destroy())
      socket.on('close', () => upstream.destroy())
    }),
  )
  return Object.assign(state, await open(server))
}

export const website = (): Promise<Opened> =>
  open(createHttps(HERE, (_request, response) => response.end('<h1>hello</h1>')))

/** TLS of an older version only. */
export const oldTls = (): Promise<Opened> =>
  open(
    createTls(
      { ...HERE, maxVersion: 'TLSv1.2', ALPNProtocols: ['towline/1', 'http/1.1'] },
      (socket) => void socket.on('error', () => {}),
    ),
  )

export interface Proxy extends Opened {
  /** `host:port` and login of each CONNECT. */
  readonly asked: { readonly target: string; readonly login: string | undefined }[]
}

/** A CONNECT proxy. It leads every name to this machine; `refuse` is a status it answers instead. */
export const proxy = async (options: { readonly tls?: boolean; readonly refuse?: number } = {}): Promise<Proxy> => {
  const asked: Proxy['asked'] = []
  const server = options.tls ? createHttps(HERE) : createHttp()
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const target = request.url ?? ''
    asked.push({ target, login: request.headers['proxy-authorization'] })
    if (options.refuse) return void socket.end(`HTTP/1.1 ${options.refuse} No\r\nContent-Length: 0\r\n\r\n`)
    const upstream = connect(Number(target.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.write(head)
      upstream.pipe(socket)
      socket.pipe(upstream)
    })
    const drop = (): void => {
      upstream.destroy()
      socket.destroy()
    }
    upstream.on('error', drop)
    socket.on('error', drop).on('close', drop)
  })
  return { ...(await open(server)), asked }
}
