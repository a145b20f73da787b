/** Owns what goes out by one stream handle: a write in flight, what was given meanwhile, and what one read of a link brings. */
import { NO_SLAB, type Part, type Slab } from '@towline/protocol'
import { type Binding, binding, type StreamHandle, type WriteRequest } from './binding.ts'
import { onWritten } from './handle-callbacks.ts'
import { WriteQueue } from './write-queue.ts'

const { WriteWrap, state, lastWriteWasAsync } = (binding ?? {}) as Binding

/**
 * A request object is kept until a write is really asynchronous; only then does libuv hold on to it. It is away while a write
 * runs: TLS may hand on what it read in the middle of one, and that is written elsewhere at once.
 */
let spareRequest: WriteRequest | undefined

/** Those that were given something during the read of a link that is being worked off; undefined outside. */
let gathering: HandleWrites[] | undefined

/**
 * Works off a read of a link. Its frames cut the bytes of a stream in pieces: what goes to one socket is sent by one write
 * when all of them are seen.
 */
export const gatherWrites = (work: () => void): void => {
  if (gathering) return work()
  const all: HandleWrites[] = []
  gathering = all
  try {
    work()
  } finally {
    gathering = undefined
    for (const writes of all) writes.flush()
  }
}

/** The writing half of a {@link HandleSocket}. */
export class HandleWrites {
  readonly #handle: StreamHandle
  /** TLS copies what it is given, so nothing needs to be pinned for it, and several parts cost it fresh memory. */
  readonly #copies: boolean
  readonly #failed: () => void
  #busy = false
  #inFlight: Slab = NO_SLAB
  #inFlightMore: Slab[] | undefined
  readonly #queue = new WriteQueue()
  #gathered: Uint8Array[] = []
  #slabs: Slab[] = []

  /** `failed` is told of a write that the system refused or broke off, after the call. */
  constructor(handle: StreamHandle, options: { readonly copies: boolean; readonly failed: () => void }) {
    this.#handle = handle
    this.#copies = options.copies
    this.#failed = options.failed
  }

  /** Whether a write is in flight. */
  get busy(): boolean {
    return this.#busy
  }

  /** As {@link Channel.write}, of bytes that are not none. */
  write(bytes: Uint8Array, slab: Slab): boolean {
    if (this.#mayGather(slab)) return this.#gather(bytes, slab)
    this.flush()
    if (this.#busy) {
      this.#queue.add(bytes, slab)
      return false
    }
    if (slab.pinnable || this.#copies) return this.#send(bytes, slab)
    return this.#send(Buffer.from(bytes), NO_SLAB)
  }

  writeBoth(first: Part, second: Part): boolean {
    this.flush()
    if (this.#busy) {
      this.#queue.add(first.bytes, first.slab)
      this.#queue.add(second.bytes, second.slab)
      return false
    }
    first.slab.pin()
    second.slab.pin()
    return this.#sendParts([first.bytes, second.bytes], [first.slab, second.slab])
  }

  /** The write in flight is done; true when nothing waits. TLS says in the middle of a write that it failed. */
  done(status: number): boolean {
    this.#unpin()
    if (status < 0) return this.#fail()
    this.#busy = false
    return this.#queue.empty || this.#sendQueued()
  }

  /** Sends what was gathered. */
  flush(): void {
    const [parts, slabs] = [this.#gathered, this.#slabs]
    if (parts.length === 0) return
    this.#gathered = []
    this.#slabs = []
    if (parts.length > 1) return void this.#sendParts(parts, slabs)
    this.#send(parts[0] as Uint8Array, slabs[0] as Slab)
    slabs[0]?.unpin()
  }

  /** Drops what is not in flight. */
  clear(): void {
    for (const slab of this.#slabs) slab.unpin()
    this.#gathered = []
    this.#slabs = []
    this.#queue.clear()
  }

  #mayGather(slab: Slab): boolean {
    return gathering !== undefined && slab.pinnable && !this.#busy && !this.#copies
  }

  /** True: what one read brings is little, and the next write waits when this one does. */
  #gather(bytes: Uint8Array, slab: Slab): true {
    if (this.#gathered.length === 0) gathering?.push(this)
    slab.pin()
    this.#gathered.push(bytes)
    this.#slabs.push(slab)
    return true
  }

  #send(bytes: Uint8Array, slab: Slab): boolean {
    const request = this.#request()
    const failed = this.#handle.writeBuffer(request, bytes)
    if (failed) return this.#fail()
    if (!state[lastWriteWasAsync]) {
      spareRequest = request
      return true
    }
    this.#sentLater(request, bytes)
    if (this.#copies) return false
    slab.pin()
    this.#inFlight = slab
    return false
  }

  #sendQueued(): boolean {
    const { parts, slabs } = this.#queue.takeAll()
    return this.#sendParts(parts, slabs)
  }

  /** Sends parts whose slabs are pinned already. */
  #sendParts(parts: Uint8Array[], slabs: Slab[]): boolean {
    const request = this.#request()
    const failed = this.#handle.writev(request, parts, true)
    this.#inFlightMore = slabs
    if (!failed && state[lastWriteWasAsync]) {
      this.#sentLater(request, parts)
      return false
    }
    if (!failed) spareRequest = request
    this.#unpin()
    return failed ? this.#fail() : true
  }

  #request(): WriteRequest {
    const request = spareRequest ?? new WriteWrap()
    spareRequest = undefined
    request.handle = this.#handle
    request.oncomplete = onWritten
    return request
  }

  #sentLater(request: WriteRequest, bytes: Uint8Array | Uint8Array[]): void {
    request.async = true
    request.bytes = bytes
    this.#busy = true
  }

  #unpin(): void {
    this.#inFlight.unpin()
    this.#inFlight = NO_SLAB
    for (const slab of this.#inFlightMore ?? []) slab.unpin()
    this.#inFlightMore = undefined
  }

  /** Writers must not hear `closed` inside their own `write`. */
  #fail(): false {
    this.#busy = true
    setImmediate(this.#failed)
    return false
  }
}
