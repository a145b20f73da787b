/** Owns a connection of one's own to a server, for what speaks HTTP/1.1 to what is published there. */
import type { Duplex } from 'node:stream'
import { deadline } from './deadline.ts'
import { openHttp } from './open-http.ts'
import { type ServerOptions, serverOf } from './server.ts'

/**
 * Verified and through the proxy as every other; nothing was sent. Rejects with TARGET_INVALID, SERVER_UNREACHABLE,
 * SERVER_UNTRUSTED, NOT_TOWLINE, PROXY_REFUSED, or the signal's reason.
 */
export const openServerStream = async (options: ServerOptions, signal?: AbortSignal): Promise<Duplex> => {
  const server = serverOf(options)
  return await openHttp(server, deadline(server.limits.linkConnectMs, signal))
}
