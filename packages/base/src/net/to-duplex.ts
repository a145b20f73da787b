/** Owns showing a channel to Node's libraries as a stream that looks like a socket. */
import type { Channel, Slab } from '@towline/protocol'
import { SocketDuplex } from './socket-duplex.ts'

/** What the libraries ask of a socket besides its bytes. */
export interface DuplexAddress {
  readonly remoteAddress?: string
  readonly remotePort?: number
}

/** A stream over a channel. Destroying it resets the channel; half-close goes through both ways. */
export class ChannelDuplex extends SocketDuplex {
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly remoteFamily: string
  readonly #channel: Channel
  #drain: (() => void) | undefined
  #closed = false
  #timer: NodeJS.Timeout | undefined

  constructor(channel: Channel, address: DuplexAddress) {
    super({ allowHalfOpen: true, autoDestroy: true })
    this.#channel = channel
    this.remoteAddress = address.remoteAddress
    this.remotePort = address.remotePort
    this.remoteFamily = address.remoteAddress?.includes(':') ? 'IPv6' : 'IPv4'
    channel.sink = {
      data: (bytes, slab) => this.#onData(bytes, slab),
      ended: () => this.push(null),
      drained: () => this.#onDrained(),
      closed: (reset) => this.#onClosed(reset),
    }
  }

  override _read(): void {
    this.#channel.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#closed) return done(broken())
    if (this.#channel.write(chunk)) return done()
    this.#drain = done
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#channel.end()
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#timer)
    if (!this.#closed && !(this.readableEnded && this.writableFinished)) this.#channel.reset()
    done(error)
  }

  /** As on net.Socket: calls back and emits `timeout` when nothing was read or written for `ms`. */
  setTimeout(ms: number, callback?: () => void): this {
    clearTimeout(this.#timer)
    if (callback) this.once('timeout', callback)
    if (ms > 0) this.#timer = setTimeout(() => this.emit('timeout'), ms).unref()
    return this
  }

  #onData(bytes: Uint8Array, _slab: Slab): void {
    this.#timer?.refresh()
    if (!this.push(Buffer.from(bytes))) this.#channel.pause()
  }

  #onDrained(): void {
    const done = this.#drain
    this.#drain = undefined
    done?.()
  }

  #onClosed(reset: number | undefined): void {
    this.#closed = true
    const done = this.#drain
    this.#drain = undefined
    if (reset === undefined) return done?.()
    this.destroy(broken())
  }
}

const broken = (): Error => Object.assign(new Error('the stream was reset'), { code: 'ECONNRESET' })

/** A Node stream over `channel`, which it takes over: see {@link ChannelDuplex}. */
export const toDuplex = (channel: Channel, address: DuplexAddress = {}): ChannelDuplex =>
  new ChannelDuplex(channel, address)
