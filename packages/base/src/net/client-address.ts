/** Owns where a request came from: the socket's address, or what a proxy on this machine says. */
import type { IncomingMessage } from 'node:http'
import { isLoopback } from './address.ts'

const V4_MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

export const clientAddress = (request: IncomingMessage): string => {
  const direct = bare(request.socket.remoteAddress ?? '')
  if (direct !== '' && !isLoopback(direct)) return direct
  const forwarded = request.headersDistinct['x-forwarded-for']?.join(',').split(',').at(-1)?.trim()
  return forwarded ? bare(forwarded.slice(0, 64)) : direct
}

const bare = (address: string): string => V4_MAPPED.exec(address)?.[1] ?? address
