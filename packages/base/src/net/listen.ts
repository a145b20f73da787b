/** Owns accepting TCP connections as channels. */
import { createServer, type Server, type Socket } from 'node:net'
import { AppError } from '@towline/protocol'
import { hostPort } from './address.ts'
import { binding, type StreamHandle } from './binding.ts'
import { type ByteSocket, byteSocket } from './byte-socket.ts'
import { HandleSocket } from './handle-socket.ts'

export interface ListenOptions {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  onConnection(socket: ByteSocket): void
}

/** A listening address. Closing it leaves accepted connections alone. */
export interface ByteServer {
  readonly host: string
  readonly port: number
  close(): Promise<void>
}

/** Rejects with PORT_IN_USE, PORT_FORBIDDEN or OPTION_INVALID (an address that is not of this machine). */
export const listenBytes = async ({ host, port, onConnection }: ListenOptions): Promise<ByteServer> => {
  const server = createServer({ pauseOnConnect: true, noDelay: true, allowHalfOpen: true })
  server.on('connection', (socket: Socket) => onConnection(byteSocket(socket)))
  await listening(server, host, port)
  acceptHandles(server, onConnection)
  const bound = server.address() as { address: string; port: number }
  return {
    host: bound.address,
    port: bound.port,
    close: () => closeListener(server),
  }
}

/** Node's own callback would wait for every accepted connection. */
const closeListener = async (server: Server): Promise<void> => {
  server.close()
  await new Promise((released) => setImmediate(released))
}

const listening = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => fail(listenError(error, hostPort(host, port))))
    server.listen({ host, port, backlog: 1024 }, done)
  })

/** Why an address is not listened on: PORT_IN_USE, PORT_FORBIDDEN or OPTION_INVALID. */
export const listenError = (error: NodeJS.ErrnoException, address: string): AppError => {
  if (error.code === 'EADDRINUSE') return new AppError('PORT_IN_USE', { address })
  if (error.code === 'EACCES') return new AppError('PORT_FORBIDDEN', { address, problem: 'it needs more rights' })
  return new AppError('OPTION_INVALID', { option: 'listen', value: address, problem: error.code ?? error.message })
}

/** Takes connections before Node makes stream objects of them. */
const acceptHandles = (server: Server, onConnection: ListenOptions['onConnection']): void => {
  if (!binding) return
  const listener = (server as unknown as { _handle: { onconnection: unknown } })._handle
  listener.onconnection = (status: number, handle: StreamHandle | undefined): void => {
    if (status || !handle) return
    handle.setNoDelay?.(true)
    onConnection(new HandleSocket(handle))
  }
}
