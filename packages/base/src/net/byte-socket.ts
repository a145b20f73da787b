/** Owns the socket interface of the byte path, and choosing its implementation once at start. */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Channel } from '@towline/protocol'
import { binding, type StreamHandle } from './binding.ts'
import { HandleSocket } from './handle-socket.ts'
import { NodeSocket } from './node-socket.ts'

/** A TCP or TLS connection as a channel, delivered paused. */
export interface ByteSocket extends Channel {
  /** IPv4-mapped addresses are written as IPv4. */
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localPort: number
  /** The connection stays a channel: reads share one buffer from now on, and `detach` is no longer possible. */
  settle(): void
  /** For links: reads in large buffers of its own, which writes elsewhere pin instead of copying. */
  bulk(): void
  /** Hands the connection to Node's libraries, paused, with `head` as its next bytes; this channel is over. */
  detach(head: Uint8Array): Socket
}

/** Wraps a connection that Node's libraries opened. Bytes they have already read come first. */
export const byteSocket = (socket: Socket | TLSSocket): ByteSocket => {
  const handle = (socket as { _handle?: StreamHandle | null })._handle
  return binding && handle ? HandleSocket.over(socket, handle) : new NodeSocket(socket)
}

/** Which implementation this process uses. */
export const socketPath = (): 'handle' | 'public' => (binding ? 'handle' : 'public')
