/** Owns reading what a process prints: into one buffer of ours, stopped and gone on with at will, and emptied at its exit. */
import { readSync } from 'node:fs'
import { Socket, type SocketConstructorOpts } from 'node:net'
import { ReadStream } from 'node:tty'
import { returnBuffer, takeBuffer } from './read-buffers.ts'
import { readOn } from './read-on.ts'

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
    if (this.#ended) return false
    const read = (into: Buffer): number => readNow(this.#fd, into)
    const all = this.#kind === 'tty' ? readOn(this.#buffer, count, { room: this.#room, read }) : count
    this.#sink.data(this.#buffer.subarray(0, all))
    return !this.#paused && !this.#ended
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
