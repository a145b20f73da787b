/** Owns counting the visitors inside, and knowing how to drop each. */
import type { Socket } from 'node:net'
import type { ByteSocket } from '@towline/base'
import { resetSocket } from './reset-socket.ts'

/** One visitor's place. `drop` changes when the connection is handed on. */
export interface Guest {
  /** Resets the connection. */
  drop: () => void
  /** Gives the place back; more than once does nothing. */
  leave(): void
}

/** See the file's head. */
export class Guests {
  readonly #inside = new Set<Guest>()

  get size(): number {
    return this.#inside.size
  }

  letIn(drop: () => void): Guest {
    const guest: Guest = { drop, leave: () => void this.#inside.delete(guest) }
    this.#inside.add(guest)
    return guest
  }

  dropAll(): void {
    for (const guest of [...this.#inside]) guest.drop()
  }
}

/** Hands a guest's connection to Node's libraries, with `first` as its next bytes; it stays counted and can be dropped. */
export const give = (socket: ByteSocket, first: Uint8Array, guest: Guest): Socket => {
  const given = socket.detach(first)
  guest.drop = () => resetSocket(given)
  return given.once('close', guest.leave).on('error', () => {})
}
