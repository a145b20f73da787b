/** Owns our end of a visitor's socket: reading or not, whether it takes what we write, our pages, and giving it away. */
import type { Socket } from 'node:net'
import { AppError, NO_SLAB, RESET, type Sink, type Slab } from '@towline/protocol'
import type { EdgeContext, VisitorSocket } from './context.ts'
import { type Refused, refusal } from './refusal.ts'
import type { Visitor } from './visitor.ts'

/** See the file's head. */
export class VisitorEnd {
  readonly visitor: Visitor
  /** When the visitor stopped taking bytes, in milliseconds; undefined while it takes them. */
  stalledAt: number | undefined
  readonly #context: EdgeContext
  readonly #socket: VisitorSocket
  #reading = false
  #settled = false

  constructor(context: EdgeContext, socket: VisitorSocket, visitor: Visitor) {
    this.#context = context
    this.#socket = socket
    this.visitor = visitor
  }

  open(sink: Sink): void {
    this.#socket.sink = sink
  }

  /** False asks to stop until `drained`. */
  write(bytes: Uint8Array, slab: Slab): boolean {
    if (this.#socket.write(bytes, slab)) return true
    this.stalledAt ??= this.#context.deps.clock()
    return false
  }

  /** Answers with a page of ours and logs why. */
  page(error: unknown, to: Omit<Refused, 'visitor'>): void {
    this.write(refusal(this.#context, error, { ...to, visitor: this.visitor }), NO_SLAB)
  }

  read(wants: boolean): void {
    if (wants === this.#reading) return
    this.#reading = wants
    if (wants) this.#socket.resume()
    else this.#socket.pause()
  }

  /** Requests go to a tunnel: the connection stays ours. */
  settle(): void {
    if (this.#settled) return
    this.#settled = true
    this.#socket.settle()
  }

  /** Gives the connection away with `rest` unread. Throws HOST_REFUSED (421 sends the visitor round) once it is settled. */
  detach(rest: Uint8Array): Socket {
    if (this.#settled) throw new AppError('HOST_REFUSED')
    return this.#socket.detach(rest)
  }

  end(): void {
    this.#socket.end()
  }

  reset(): void {
    this.#socket.reset(RESET.cancel)
  }
}
