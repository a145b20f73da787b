/** Owns opening the channel of a link: which transport, the fallback, and remembering what works from here. */
import { AppError, type Channel } from '@towline/protocol'
import type { Server } from './server.ts'
import { overPlain, overTls, overWebSocket } from './transports.ts'

/** `auto`: TLS, and a WebSocket where TLS does not pass; plain TCP for http:// URLs, which lead to this machine only. */
export const TRANSPORTS = ['auto', 'tls', 'websocket'] as const
export type TransportChoice = (typeof TRANSPORTS)[number]

/** Servers that only a WebSocket reached, for the life of the process or until that fails. */
const byWebSocket = new Set<string>()

/**
 * A channel to the engine, before its first byte; paused. Rejects with SERVER_UNREACHABLE, SERVER_UNTRUSTED, NOT_TOWLINE,
 * PROXY_REFUSED, OPTION_INVALID, or the signal's reason.
 */
export const connectLink = async (
  server: Server,
  transport: TransportChoice,
  signal?: AbortSignal,
): Promise<Channel> => {
  signal?.throwIfAborted()
  if (transport === 'websocket') return opened(await overWebSocket(server, signal))
  if (!server.secure) return plain(server, transport, signal)
  if (transport === 'auto' && byWebSocket.has(server.url)) return again(server, signal)
  const first = await overTls(server, signal)
  if ('channel' in first || transport === 'tls') return opened(first)
  const second = opened(await overWebSocket(server, signal))
  byWebSocket.add(server.url)
  return second
}

const plain = async (server: Server, transport: TransportChoice, signal?: AbortSignal): Promise<Channel> => {
  if (transport === 'auto') return opened(await overPlain(server, signal))
  throw new AppError('OPTION_INVALID', { option: 'transport', value: transport, problem: 'an http:// URL has no TLS' })
}

/** This machine may have moved to a network where TLS passes: after a failure the next attempt tries it first. */
const again = async (server: Server, signal?: AbortSignal): Promise<Channel> => {
  try {
    return opened(await overWebSocket(server, signal))
  } catch (error) {
    byWebSocket.delete(server.url)
    throw error
  }
}

const opened = (outcome: Awaited<ReturnType<typeof overTls>>): Channel => {
  if ('channel' in outcome) return outcome.channel
  throw outcome.blocked
}
