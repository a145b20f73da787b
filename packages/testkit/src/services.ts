/** Owns the services that tests publish: HTTP by a handler, TCP by a function, all on port 0, all ended with the test. */
import { createServer as createHttp, type RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { closeServer } from './close-server.ts'

/** A service of this machine. */
export interface Service extends AsyncDisposable {
  readonly port: number
  /** Connections so far, closed ones too. */
  readonly sockets: readonly Socket[]
  /** Ends it and its connections; twice is harmless. */
  close(): Promise<void>
}

export interface Where {
  /** 127.0.0.1 when absent. */
  readonly host?: string
  /** 0 or absent lets the system choose. */
  readonly port?: number
}

/** Answers by a handler. */
export const openHttpService = (handler: RequestListener, where: Where = {}): Promise<Service> =>
  listen(createHttp({ keepAliveTimeout: 60_000 }, handler), where)

/** Half-close stays half-closed. */
export const openTcpService = (onSocket: (socket: Socket) => void, where: Where = {}): Promise<Service> =>
  listen(createServer({ allowHalfOpen: true, noDelay: true }, onSocket), where)

/** Sends back what it gets, and ends when its peer does. */
export const openEcho = (): Promise<Service> => openTcpService((socket) => void socket.pipe(socket))

/** A port where nothing listens now. */
export const unusedPort = async (): Promise<number> => {
  const { port, close } = await openTcpService((socket) => socket.destroy())
  await close()
  return port
}

const listen = async (server: Server, { host = '127.0.0.1', port = 0 }: Where): Promise<Service> => {
  const sockets: Socket[] = []
  server.on('connection', (socket: Socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const close = closeServer(server, sockets)
  return { port: (server.address() as AddressInfo).port, sockets, close, [Symbol.asyncDispose]: close }
}
