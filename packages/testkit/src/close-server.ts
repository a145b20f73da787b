/** Owns closing a server of a test with all that is connected to it. */
import type { Server, Socket } from 'node:net'

/** Twice is harmless. `sockets` are those that are open when it is called. */
export const closeServer = (server: Server, sockets: Iterable<Socket>): (() => Promise<void>) => {
  let closing: Promise<void> | undefined
  return () => {
    closing ??= new Promise((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
    return closing
  }
}
