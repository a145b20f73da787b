/** Owns a connection to the HTTP/1 edge that never leaves this process: a stream for Node's client, a socket for the edge. */
import type { Socket } from 'node:net'
import { SocketDuplex, toDuplex } from '@towline/base'
import { IDLE_SINK, NO_SLAB, RESET, type Sink, type Slab } from '@towline/protocol'
import type { VisitorSocket } from '../edge/context.ts'
import type { Edge } from '../edge/edge.ts'
import type { Visitor } from '../edge/visitor.ts'

type Done = (error?: Error | null) => void

/** Node's end. The edge meets the visitor with the first bytes. */
export class LoopStream extends SocketDuplex {
  readonly #socket: LoopSocket
  readonly #edge: Pick<Edge, 'accept'>
  readonly #visitor: Visitor
  #accepted = false

  constructor(edge: Pick<Edge, 'accept'>, visitor: Visitor) {
    super({ allowHalfOpen: true })
    this.#edge = edge
    this.#visitor = visitor
    this.#socket = new LoopSocket(this, visitor)
  }

  override _read(): void {
    this.#socket.taken()
  }

  /**
   * Node's client ends a counted body by an empty write, and gives its socket away twice when the answer is complete before
   * that write is: two requests would share one loop. So it never waits.
   */
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    if (chunk.length === 0) return done()
    if (this.#accepted) return this.#socket.give(chunk, done)
    this.#accepted = true
    this.#edge.accept(this.#socket, chunk, this.#visitor)
    done()
  }

  override _final(done: Done): void {
    this.#socket.giveEnd()
    done()
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#socket.gone()
    done(error)
  }

  // what Node's client asks of a socket

  setTimeout(): this {
    return this
  }
}

/** The edge's end: at most one write of Node's client waits in it. */
class LoopSocket implements VisitorSocket {
  sink: Sink = IDLE_SINK
  readonly #stream: LoopStream
  readonly #visitor: Visitor
  #paused = true
  #waiting: { readonly chunk: Buffer; readonly done: Done } | undefined
  #endWaits = false
  #gotEnd = false
  #sentEnd = false
  #owesDrain = false
  #over = false

  constructor(stream: LoopStream, visitor: Visitor) {
    this.#stream = stream
    this.#visitor = visitor
  }

  write(bytes: Uint8Array, slab: Slab = NO_SLAB): boolean {
    if (this.#over || this.#sentEnd || bytes.length === 0) return true
    const more = this.#stream.push(slab === NO_SLAB ? bytes : Buffer.from(bytes))
    this.#owesDrain ||= !more
    return more
  }

  end(): void {
    if (this.#over || this.#sentEnd) return
    this.#sentEnd = true
    this.#stream.push(null)
    this.#finishInOrder()
  }

  reset(code: number = RESET.cancel): void {
    if (this.#over) return
    this.#finish(code)
    this.#stream.destroy(Object.assign(new Error('the edge broke it off'), { code: 'ECONNRESET' }))
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting) {
      this.sink.data(waiting.chunk, NO_SLAB)
      waiting.done()
    }
    if (this.#endWaits && !this.#paused && !this.#waiting) this.giveEnd()
  }

  settle(): void {}

  detach(head: Uint8Array): Socket {
    const { address, port, secure } = this.#visitor
    const stream = Object.assign(toDuplex(this, { remoteAddress: address, remotePort: port }), { encrypted: secure })
    stream.pause()
    if (head.length > 0) stream.unshift(head)
    return stream as unknown as Socket
  }

  // what Node's end tells

  give(chunk: Buffer, done: Done): void {
    if (this.#over) return done(Object.assign(new Error('the edge has closed'), { code: 'EPIPE' }))
    if (this.#paused) this.#waiting = { chunk, done }
    else {
      this.sink.data(chunk, NO_SLAB)
      done()
    }
  }

  giveEnd(): void {
    if (this.#over || this.#gotEnd) return
    this.#endWaits = this.#paused
    if (this.#paused) return
    this.#gotEnd = true
    this.sink.ended()
    this.#finishInOrder()
  }

  taken(): void {
    if (!this.#owesDrain) return
    this.#owesDrain = false
    if (!this.#over && !this.#sentEnd) this.sink.drained()
  }

  gone(): void {
    this.#finish(RESET.cancel)
  }

  #finishInOrder(): void {
    if (this.#gotEnd && this.#sentEnd) this.#finish(undefined)
  }

  #finish(code: number | undefined): void {
    if (this.#over) return
    this.#over = true
    this.#waiting?.done()
    this.#waiting = undefined
    this.sink.closed(code)
    this.sink = IDLE_SINK
  }
}
