/** Owns the fast byte path: a TCP or TLS connection driven by its stream handle, without stream objects between. */
import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { IDLE_SINK, NO_SLAB, type Part, RESET, SHARED_SLAB, type Sink, type Slab } from '@towline/protocol'
import { type Binding, binding, type StreamHandle } from './binding.ts'
import type { ByteSocket } from './byte-socket.ts'
import { type HandleOwner, onRead, onShutdown } from './handle-callbacks.ts'
import { gatherWrites, HandleWrites } from './handle-writes.ts'
import { ReadSlab, sharedBuffer } from './slabs.ts'
import { SocketNames } from './socket-names.ts'

const { ShutdownWrap, state, readResult, bufferOffset, eof } = (binding ?? {}) as Binding

/** A TLS record's most plaintext: a read this long is likely followed by another at once. */
const TLS_RECORD_BYTES = 16 * 1024
/** A socket that reads less than this is no longer in bulk. */
const BULK_READ_BYTES = 16 * 1024

/** How reads are buffered: by Node until it is settled who reads, then shared, or own for links. */
type Reads = 'node' | 'shared' | 'own'

/** See {@link ByteSocket}. */
export class HandleSocket implements ByteSocket, HandleOwner {
  sink: Sink = IDLE_SINK
  readonly #names: SocketNames
  readonly #handle: StreamHandle
  /** The Node object that owns the handle, when there is one: it must do the closing. */
  readonly #owner: Socket | undefined
  /** TLS copies what it is given, so nothing needs to be pinned for it. */
  readonly #copies: boolean
  /** Node's own reader of the handle, for giving it back. */
  readonly #ownersRead: StreamHandle['onread']
  #early: Uint8Array[] = []
  #reads: Reads = 'node'
  #slab: ReadSlab | undefined
  /** Bytes of TLS records gathered in the slab and not handed on yet. */
  #gathered = 0
  #gatherFrom = 0
  #reading = false
  readonly #writes: HandleWrites
  #ending = false
  #sentFin = false
  #gotFin = false
  #over = false

  /** `owner` is absent for connections accepted as bare handles. */
  constructor(handle: StreamHandle, owner?: Socket) {
    this.#handle = handle
    this.#owner = owner
    this.#copies = owner instanceof TLSSocket
    this.#writes = new HandleWrites(handle, { copies: this.#copies, failed: () => this.#fail() })
    this.writeBoth = this.#copies ? undefined : (first, second) => this.#writeBoth(first, second)
    this.#names = new SocketNames(handle, owner)
    this.#ownersRead = handle.onread
    handle.byteOwner = this
    handle.onread = onRead
  }

  /** Takes over a connection that Node's libraries opened. */
  static over(owner: Socket, handle: StreamHandle): HandleSocket {
    owner.pause()
    const early: Uint8Array[] = []
    for (let chunk = owner.read() as Buffer | null; chunk !== null; chunk = owner.read() as Buffer | null)
      early.push(chunk)
    handle.readStop()
    const socket = new HandleSocket(handle, owner)
    socket.#early = early
    owner.on('error', () => socket.#finish(RESET.upstreamReset))
    owner.on('close', () => socket.#finish(RESET.upstreamReset))
    return socket
  }

  get remoteAddress(): string {
    return this.#names.remoteAddress
  }

  get remotePort(): number {
    return this.#names.remotePort
  }

  get localPort(): number {
    return this.#names.localPort
  }

  write(bytes: Uint8Array, slab: Slab = NO_SLAB): boolean {
    return this.#over || this.#ending || bytes.length === 0 || this.#writes.write(bytes, slab)
  }

  /** Absent for TLS, which would copy the parts together in fresh memory. */
  readonly writeBoth: ((first: Part, second: Part) => boolean) | undefined

  end(): void {
    if (this.#over || this.#ending) return
    this.#ending = true
    this.#writes.flush()
    if (!this.#writes.busy) this.#shutdown()
  }

  reset(code: number = RESET.cancel): void {
    if (this.#over) return
    this.#abort()
    this.#finish(code)
  }

  pause(): void {
    if (!this.#reading || this.#over) return
    this.#reading = false
    this.#handle.readStop()
  }

  resume(): void {
    if (this.#reading || this.#over) return
    if (this.#early.length > 0) return this.#deliverEarly()
    this.#reading = true
    const failed = this.#handle.readStart()
    if (failed) this.#fail()
  }

  settle(): void {
    if (this.#reads !== 'node' || this.#over) return
    this.#reads = 'shared'
    this.#handle.useUserBuffer(sharedBuffer)
  }

  bulk(): void {
    if (this.#reads === 'own' || this.#over) return
    this.#reads = 'own'
    this.#handle.useUserBuffer(this.#takeSlab())
  }

  detach(head: Uint8Array): Socket {
    if (this.#reads !== 'node') throw new Error('a settled connection cannot be handed over')
    this.pause()
    this.#over = true
    this.#handle.byteOwner = undefined
    if (this.#owner) return this.#giveBack(this.#owner, head)
    const options = { handle: this.#handle, allowHalfOpen: true, readable: true, writable: true, pauseOnCreate: true }
    const socket = new Socket(options as unknown as ConstructorParameters<typeof Socket>[0])
    for (const bytes of [...this.#early.reverse(), head]) if (bytes.length > 0) socket.unshift(bytes)
    return socket
  }

  /** The owner reads its handle itself again, beginning with what was read here. */
  #giveBack(owner: Socket, head: Uint8Array): Socket {
    this.#handle.onread = this.#ownersRead
    for (const bytes of [...this.#early.reverse(), head]) if (bytes.length > 0) owner.unshift(bytes)
    // The stream still waits for the read it asked for before this channel was made.
    this.#handle.reading = true
    this.#handle.readStart()
    return owner
  }

  /** Called by the handle: bytes, end of stream or an error. Answers the buffer for the next read when it changes. */
  read(chunk: ArrayBuffer | undefined): Uint8Array | undefined {
    const count = state[readResult] as number
    if (count > 0) return chunk ? this.#readOwned(chunk, count) : this.#readSlab(count)
    if (count === 0 || this.#over) return undefined
    if (this.#gathered > 0) this.#deliverGathered()
    if (count === eof) this.#onFin()
    else this.#fail()
    return undefined
  }

  /** Called by the handle: the write in flight is done. */
  written(status: number): void {
    const idle = this.#writes.done(status)
    if (this.#over || !idle) return
    if (this.#ending) this.#shutdown()
    else this.sink.drained()
  }

  /** Called by the handle: our FIN is on its way. */
  finSent(): void {
    this.#sentFin = true
    this.#close()
  }

  #readOwned(chunk: ArrayBuffer, count: number): undefined {
    const bytes = new Uint8Array(chunk, state[bufferOffset] as number, count)
    this.sink.data(bytes, NO_SLAB)
  }

  #readSlab(count: number): Uint8Array | undefined {
    const slab = this.#slab
    if (!slab) return this.#readShared(count)
    if (this.#copies && this.#reads === 'own') return this.#gather(slab, count)
    if (this.#reads === 'own') gatherWrites(() => this.sink.data(slab.bytes.subarray(0, count), slab))
    else this.sink.data(slab.bytes.subarray(0, count), slab)
    if (this.#slab !== slab) return this.#overridden()
    return this.#reads === 'own' || count >= BULK_READ_BYTES ? this.#fresh(slab) : this.#leaveBulk(slab)
  }

  /** A full read is likely followed by more: those go to a slab, which need not be copied. */
  #readShared(count: number): Uint8Array | undefined {
    this.sink.data(sharedBuffer.subarray(0, count), SHARED_SLAB)
    if (count < sharedBuffer.length || this.#over || this.#slab) return undefined
    return this.#takeSlab()
  }

  /** The consumer made this a link, which has its buffer, or closed it: TLS may hand out more records, which nobody keeps. */
  #overridden(): Uint8Array | undefined {
    return this.#over ? sharedBuffer : undefined
  }

  #leaveBulk(slab: ReadSlab): Uint8Array {
    slab.leave()
    this.#slab = undefined
    return sharedBuffer
  }

  #takeSlab(): Uint8Array {
    this.#slab = ReadSlab.take()
    return this.#copies ? this.#slab.bytes : this.#slab.part
  }

  /** Another slab when somebody still needs this one. */
  #fresh(slab: ReadSlab): Uint8Array | undefined {
    if (!slab.pinned) return undefined
    slab.leave()
    return this.#takeSlab()
  }

  /** TLS hands out one record at a time; a run of full ones is handed on together. */
  #gather(slab: ReadSlab, count: number): Uint8Array | undefined {
    this.#gathered += count
    const end = this.#gatherFrom + this.#gathered
    const more = count >= TLS_RECORD_BYTES && slab.bytes.length - end >= TLS_RECORD_BYTES
    if (more) {
      if (this.#gathered === count) setImmediate(this.#deliverLater)
      return slab.bytes.subarray(end)
    }
    this.#deliverGathered()
    this.#gatherFrom = 0
    if (this.#slab !== slab) return this.#overridden()
    return this.#fresh(slab) ?? slab.bytes
  }

  /** Outside a read the handle keeps its buffer: the next record follows where this run ends. */
  readonly #deliverLater = (): void => {
    if (this.#gathered > 0 && !this.#over) this.#deliverGathered()
  }

  /** The next record still goes behind these in the same slab, which is why that stays ours though these may be pinned. */
  #deliverGathered(): void {
    const slab = this.#slab as ReadSlab
    const from = this.#gatherFrom
    this.#gatherFrom += this.#gathered
    this.#gathered = 0
    gatherWrites(() => this.sink.data(slab.bytes.subarray(from, this.#gatherFrom), slab))
  }

  #deliverEarly(): void {
    this.#reading = true
    while (this.#early.length > 0 && this.#reading && !this.#over)
      this.sink.data(this.#early.shift() as Uint8Array, NO_SLAB)
    if (this.#reading && !this.#over && this.#handle.readStart()) this.#fail()
  }

  #writeBoth(first: Part, second: Part): boolean {
    return this.#over || this.#ending || this.#writes.writeBoth(first, second)
  }

  #shutdown(): void {
    const request = new ShutdownWrap()
    request.handle = this.#handle
    request.oncomplete = onShutdown
    const result = this.#handle.shutdown(request)
    if (result !== 0) this.finSent()
  }

  #onFin(): void {
    if (this.#gotFin) return
    this.#gotFin = true
    this.pause()
    this.sink.ended()
    this.#close()
  }

  #close(): void {
    if (!this.#sentFin || !this.#gotFin || this.#over) return
    this.#destroy()
    this.#finish(undefined)
  }

  #fail(): void {
    if (this.#over) return
    this.#destroy()
    this.#finish(RESET.upstreamReset)
  }

  /** While a FIN is on its way libuv refuses to reset, and Node would then never close the handle. */
  #abort(): void {
    const finOnItsWay = this.#ending && !this.#writes.busy && !this.#sentFin
    if (finOnItsWay || this.#copies) this.#destroy()
    else if (this.#owner) this.#owner.resetAndDestroy()
    else this.#handle.reset?.()
  }

  #destroy(): void {
    if (this.#owner) this.#owner.destroy()
    else this.#handle.close()
  }

  #finish(code: number | undefined): void {
    if (this.#over) return
    this.#over = true
    this.#writes.clear()
    this.#slab?.leave()
    this.#slab = undefined
    this.sink.closed(code)
    this.sink = IDLE_SINK
  }
}
