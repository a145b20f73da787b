/** Owns opening connections that speak HTTP/1.1 to a server: API calls and WebSockets. */
import type { Socket } from 'node:net'
import type { Deadline } from './deadline.ts'
import { openSocket } from './open-socket.ts'
import { connectError } from './problems.ts'
import type { Server } from './server.ts'
import { secure } from './sockets.ts'

/** TLS with the server's authority, or plain TCP within this machine. Rejects with an AppError, or with the signal's reason. */
export const openHttp = async (server: Server, limit: Deadline): Promise<Socket> => {
  const below = await openSocket(server, limit)
  if (!server.secure) return below
  const options = { host: server.host, alpn: ['http/1.1'], minVersion: 'TLSv1.2', ca: server.ca } as const
  return secure(below, options, limit.signal).catch((error: unknown) => {
    throw limit.signal.aborted ? limit.signal.reason : connectError(server.url, error)
  })
}
