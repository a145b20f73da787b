/** Owns asking a connection who is at its ends, when somebody wants to know: each answer costs a system call. */
import type { Socket } from 'node:net'
import { addressOf } from './address.ts'
import type { SocketName, StreamHandle } from './binding.ts'

/** Both ends of a connection; what the system does not tell is empty or 0. Asked for the first time before it closes. */
export class SocketNames {
  readonly #handle: StreamHandle
  #remote: SocketName | undefined
  #local: SocketName | undefined

  /** Node forgets the names of a connection it owns when that closes, so those are read at once. */
  constructor(handle: StreamHandle, owner?: Socket) {
    this.#handle = handle
    if (!owner) return
    const { remoteAddress, remotePort, localPort } = owner
    this.#remote = { ...(remoteAddress && { address: remoteAddress }), ...(remotePort && { port: remotePort }) }
    this.#local = localPort ? { port: localPort } : {}
  }

  get remoteAddress(): string {
    return addressOf(this.#far().address)
  }

  get remotePort(): number {
    return this.#far().port ?? 0
  }

  get localPort(): number {
    if (!this.#local) this.#handle.getsockname?.((this.#local = {}))
    return this.#local?.port ?? 0
  }

  #far(): SocketName {
    if (this.#remote) return this.#remote
    this.#remote = {}
    this.#handle.getpeername?.(this.#remote)
    return this.#remote
  }
}
