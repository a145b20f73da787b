/** Owns a local port that leads to a private tunnel: each connection is one stream. */
import { type ByteServer, type ByteSocket, Closer, listenBytes, pipe } from '@towline/base'
import { AppError, IDLE_SINK, parseTow } from '@towline/protocol'
import type { Session } from '../session/session.ts'
import { onReset } from './resets.ts'

export interface ListenDialOptions {
  /** 127.0.0.1 when absent. */
  readonly host?: string | undefined
  /** 0 or absent lets the system choose. */
  readonly port?: number | undefined
  /** `tow://name`, name or id. */
  readonly target: string
  /** A connection could not be joined, or broke; the port stays open. */
  readonly onRefused?: ((error: AppError) => void) | undefined
}

/** Rejects with NAME_INVALID, TARGET_INVALID, PORT_IN_USE, PORT_FORBIDDEN or OPTION_INVALID. Closing it breaks its connections off. */
export const listenDial = async (session: Session, options: ListenDialOptions): Promise<ByteServer> => {
  const { host = '127.0.0.1', port = 0, target, onRefused = () => {} } = options
  parseTow(target)
  const open = new Set<ByteSocket>()
  const join = async (socket: ByteSocket): Promise<void> => {
    const gone = new AbortController()
    socket.settle()
    socket.sink = { ...IDLE_SINK, closed: () => gone.abort() }
    const stream = await session.dial(target, gone.signal)
    if (gone.signal.aborted) return stream.reset()
    pipe(socket, stream, () => open.delete(socket))
    let ours = false
    onReset(socket, () => {
      ours = true
    })
    onReset(stream, (error) => {
      if (!ours) onRefused(error)
    })
  }
  const accept = (socket: ByteSocket): void => {
    open.add(socket)
    join(socket).catch((error: unknown) => {
      open.delete(socket)
      socket.reset()
      if (error instanceof AppError) onRefused(error)
    })
  }
  const server = await listenBytes({ host, port, onConnection: accept })
  const closer = new Closer()
  closer.add(() => {
    for (const socket of [...open]) socket.reset()
  })
  closer.add(() => server.close())
  return { host: server.host, port: server.port, close: () => closer.close() }
}
