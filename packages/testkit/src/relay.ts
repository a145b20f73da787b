/** Owns a relay between two parties that a test can break: cut all connections, fall silent, or refuse new ones. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface Relay extends AsyncDisposable {
  readonly port: number
  /** Connections that go through now. */
  readonly open: number
  /** Resets every connection that goes through. */
  cut(): void
  /** From now on no byte goes either way, and nobody is told; new connections do not get through either. */
  fallSilent(): void
  /** New connections go through again. Those that fell silent stay so. */
  recover(): void
  close(): Promise<void>
}

interface Leg {
  readonly near: Socket
  readonly far: Socket
}

/** Listens on port 0 and leads to a port of this machine. */
export const openRelay = async (to: number): Promise<Relay> => {
  const legs = new Set<Leg>()
  let silent = false
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    near.on('error', () => {})
    if (silent) return void near.pause()
    const far = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    const leg = { near, far }
    legs.add(leg)
    near.pipe(far).pipe(near)
    for (const socket of [near, far]) {
      socket.on('error', () => drop(leg))
      socket.on('close', () => near.destroyed && far.destroyed && legs.delete(leg))
    }
  })
  const drop = (leg: Leg): void => {
    legs.delete(leg)
    for (const socket of [leg.near, leg.far]) if (!socket.destroyed) socket.resetAndDestroy()
  }
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = (): void => {
    for (const leg of [...legs]) drop(leg)
  }
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= new Promise((resolve) => {
      server.close(() => resolve())
      cut()
      for (const socket of sockets) socket.destroy()
    })
    return closing
  }
  return {
    port: (server.address() as AddressInfo).port,
    get open() {
      return legs.size
    },
    cut,
    fallSilent: () => {
      silent = true
      for (const { near, far } of legs) {
        near.unpipe(far).pause()
        far.unpipe(near).pause()
      }
    },
    recover: () => {
      silent = false
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
