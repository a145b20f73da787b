/** Owns reading what a process prints: into one buffer of ours, stopped and gone on with at will, and emptied at its exit. */
import { readSync } from 'node:fs'
import { Socket, type SocketConstructorOpts } from 'node:net'
import { ReadStream } from 'node:tty'
import { returnBuffer, takeBuffer } from './read-buffers.ts'

export interface ReaderSink {
  /** `bytes` is valid only during the call. */
  data(bytes: Uint8Array): void
  /** Once: the other side is closed, or the reader was. */
  ended(): void
}

export interface ReaderOptions {
  /** Non-blocking; the reader closes it. */
  readonly fd: number
  readonly kind: 'tty' | 'pipe'
  readonly limits: { readonly webttyReadBytes: number; readonly webttyDrainBytes: number }
  readonly sink: ReaderSink
}

/** Node reads into this buffer alone; its types know it only for sockets that connect. */
interface OnRead {
  readonly buffer: Uint8Array
  callback(count: number): boolean
}

/** Linux gives no more of a terminal in one read, whatever the buffer: a turn of the loop for each would cost more than the read. */
const TTY_READ_BYTES = 4096
/** From here on a read is part of much output, and more is likely there. */
const BULK_BYTES = 2048

/** Node hands the options of a socket through; its types do not say so for terminals. */
type TtyReadStream = new (fd: number, options: SocketConstructorOpts) => Socket

/**
 * Begins paused. No byte waits in a stream of Node: it is either in the kernel or was handed on, so that a terminal can be
 * emptied to EAGAIN (libuv alone takes a hang-up with a short read for the end, and loses the rest).
 */
export class Reader {
  readonly #socket: Socket
  readonly #fd: number
  readonly #kind: ReaderOptions['kind']
  readonly #buffer: Buffer
  readonly #sink: ReaderSink
  #paused = true
  #room = Infinity
  #ended = false
  /** What is called when nothing is left to read, and how much may be read until then. */
  #draining: { readonly empty: () => void; left: number } | undefined
  readonly #drainBytes: number

  constructor({ fd, kind, limits, sink }: ReaderOptions) {
    this.#fd = fd
    this.#kind = kind
    this.#sink = sink
    this.#drainBytes = limits.webttyDrainBytes
    this.#buffer = takeBuffer(limits.webttyReadBytes)
    this.#socket = openSocket(fd, kind, { buffer: this.#buffer, callback: (count) => this.#took(count) })
    // A terminal answers EIO when its last process is gone, a pipe ends: both are the end.
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => this.#end())
  }

  get ended(): boolean {
    return this.#ended
  }

  get paused(): boolean {
    return this.#paused
  }

  pause(): void {
    if (this.#paused || this.#ended) return
    this.#paused = true
    this.#socket.pause()
  }

  /** At most about `room` bytes are handed on at once, though all that comes is until `pause`. */
  resume(room = Infinity): void {
    this.#room = room
    if (!this.#paused || this.#ended) return
    this.#paused = false
    if (this.#draining === undefined) this.#socket.resume()
    else this.#drain()
  }

  /** Reads all that is there, as far as nobody pauses, then calls `empty` once; it may do so at once. */
  drain(empty: () => void): void {
    if (this.#ended) return empty()
    this.#draining = { empty, left: this.#drainBytes }
    this.#socket.pause()
    if (!this.#paused) this.#drain()
  }

  /** What was not read is dropped. */
  close(): void {
    this.#end()
    this.#socket.destroy()
  }

  #drain(): void {
    const draining = this.#draining
    while (draining !== undefined && draining.left > 0 && !this.#paused && !this.#ended) {
      const count = readNow(this.#fd, this.#buffer)
      if (count === 0) break
      draining.left -= count
      this.#sink.data(this.#buffer.subarray(0, count))
    }
    if (draining === undefined || (this.#paused && draining.left > 0 && !this.#ended)) return
    this.#draining = undefined
    if (!this.#ended && !this.#paused) this.#socket.resume()
    draining.empty()
  }

  #took(count: number): boolean {
    if (!this.#ended) this.#sink.data(this.#buffer.subarray(0, this.#kind === 'tty' ? this.#gather(count) : count))
    return !this.#paused && !this.#ended
  }

  /** Reads on behind what the buffer holds, as long as the terminal gives much at once; answers what it holds then. */
  #gather(held: number): number {
    const most = Math.min(this.#room, this.#buffer.length - TTY_READ_BYTES + 1)
    let end = held
    for (let count = held; count >= BULK_BYTES && end < most; end += count)
      count = readNow(this.#fd, this.#buffer.subarray(end))
    return end
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#sink.ended()
    this.#drain()
    returnBuffer(this.#buffer)
  }
}

const openSocket = (fd: number, kind: 'tty' | 'pipe', onread: OnRead): Socket => {
  const options = { readable: true, writable: false, manualStart: true, onread }
  if (kind === 'tty') return new (ReadStream as unknown as TtyReadStream)(fd, options)
  return new Socket({ fd, ...options })
}

/** Bytes read into `buffer`; 0 when nothing is there now, at the end, or when the other side is gone. */
const readNow = (fd: number, buffer: Buffer): number => {
  try {
    return readSync(fd, buffer, 0, buffer.length, null)
  } catch {
    return 0
  }
}
