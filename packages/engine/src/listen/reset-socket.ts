/** Owns breaking off a connection of Node's libraries with RST alone. */
import type { Socket } from 'node:net'

/**
 * Node's resetAndDestroy sends FIN first, and crashes under a TLS socket. `below` is the TCP connection, `top` what
 * stands on it. Where Node does not know the flag (none of 20 to 26) this closes with FIN.
 */
export const resetSocket = (below: Socket, top: Socket = below): void => {
  Object.assign(below, { resetAndClosing: true })
  top.destroy()
}
