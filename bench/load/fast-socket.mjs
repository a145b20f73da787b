/** Reads without allocating: sockets whose bytes land in one reused buffer, so that load processes stay cheap. */
import net from 'node:net'

export const BUFFER_BYTES = 512 * 1024

/** Connects; `onBytes(view)` is called with a view that is valid only during the call. */
export function connectFast({ port, host = '127.0.0.1', onBytes, bytes = BUFFER_BYTES }) {
  const socket = net.connect({ port, host, allowHalfOpen: true, noDelay: true, onread: reader(onBytes, bytes) })
  return socket
}

/** Takes an accepted, still unread socket over with a reused buffer (net.Server offers no `onread` of its own). */
export function adoptFast(socket, onBytes, bytes = BUFFER_BYTES) {
  const handle = socket._handle
  socket._handle = null
  const adopted = new net.Socket({ handle, allowHalfOpen: true, onread: reader(onBytes, bytes) })
  return adopted.setNoDelay(true)
}

function reader(onBytes, bytes) {
  return {
    buffer: Buffer.allocUnsafeSlow(bytes),
    callback(length, buffer) {
      onBytes(buffer.subarray(0, length))
      return true
    },
  }
}
