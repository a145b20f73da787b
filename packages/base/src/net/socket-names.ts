/** Owns asking a connection who is at its ends. */
import type { Socket } from 'node:net'
import { addressOf } from './address.ts'
import type { SocketName, StreamHandle } from './binding.ts'

/** Of a bare handle; what the system does not tell is empty. */
export const handleNames = (handle: StreamHandle) => {
  const remote: SocketName = {}
  const local: SocketName = {}
  handle.getpeername?.(remote)
  handle.getsockname?.(local)
  return { remoteAddress: addressOf(remote.address), remotePort: remote.port ?? 0, localPort: local.port ?? 0 }
}

/** Of a connection that Node's libraries opened. */
export const ownerNames = (owner: Socket) => ({
  remoteAddress: addressOf(owner.remoteAddress),
  remotePort: owner.remotePort ?? 0,
  localPort: owner.localPort ?? 0,
})
