/** Owns a connection from its accept until its first bytes have said what it is. */
import type { ByteSocket } from '@towline/base'
import { AppError, type Limits, type Sink } from '@towline/protocol'
import { type ClientHello, ClientHelloReader } from '../tls/client-hello.ts'
import { sniff, type Spoken } from './sniff.ts'

/** What a connection turned out to be. It is paused. */
export type Arrived =
  | { readonly spoken: Exclude<Spoken, 'tls' | 'more' | 'unknown'>; readonly first: Uint8Array }
  | { readonly spoken: 'tls'; readonly first: Uint8Array; readonly hello: ClientHello }

/** Called once: what arrived (`first` is valid only during the call), or why nothing did; undefined when it left by itself. */
export type OnArrived = (arrived: Arrived | AppError | undefined) => void

/** Reads at most a ClientHello, for at most sniffMs. */
export class Arrival implements Sink {
  readonly #socket: ByteSocket
  readonly #limits: Limits
  readonly #onArrived: OnArrived
  readonly #timer: NodeJS.Timeout
  /** First bytes that did not say enough. */
  #seen: Buffer | undefined
  #hello: ClientHelloReader | undefined
  #over = false

  constructor(socket: ByteSocket, limits: Limits, onArrived: OnArrived) {
    this.#socket = socket
    this.#limits = limits
    this.#onArrived = onArrived
    this.#timer = setTimeout(() => this.#leave(silent()), limits.sniffMs)
    socket.sink = this
    socket.resume()
  }

  data(bytes: Uint8Array): void {
    if (this.#over) return
    try {
      const arrived = this.#hello ? this.#readHello(this.#hello, bytes) : this.#read(bytes)
      if (arrived) this.#leave(arrived)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      this.#leave(error)
    }
  }

  ended(): void {
    this.#leave(silent())
  }

  drained(): void {}

  closed(): void {
    this.#leave(undefined)
  }

  #read(bytes: Uint8Array): Arrived | undefined {
    const first = this.#seen ? Buffer.concat([this.#seen, bytes]) : bytes
    const spoken = sniff(first)
    if (spoken === 'unknown')
      throw new AppError('PROTOCOL_ERROR', { problem: 'the first bytes are of no protocol spoken here' })
    if (spoken === 'more') {
      this.#seen = Buffer.from(first)
      return undefined
    }
    if (spoken !== 'tls') return { spoken, first }
    this.#hello = new ClientHelloReader(this.#limits.clientHelloBytes)
    return this.#readHello(this.#hello, first)
  }

  #readHello(reader: ClientHelloReader, bytes: Uint8Array): Arrived | undefined {
    const hello = reader.push(bytes)
    return hello && { spoken: 'tls', first: reader.raw, hello }
  }

  #leave(arrived: Arrived | AppError | undefined): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#timer)
    this.#socket.pause()
    this.#onArrived(arrived)
  }
}

const silent = (): AppError => new AppError('PROTOCOL_ERROR', { problem: 'no protocol bytes came' })
