/**
 * Owns a relay that wants to do harm: two carriers in memory, and between them one who reads everything and may change, drop,
 * repeat, hold back, invent or cut, message by message and byte by byte.
 */
import type { Carrier } from '@towline/webtty'
import { LengthPrefixed, prefixLength } from './length-prefixed.ts'
import { MemoryCarrier } from './memory-carrier.ts'

export type Side = 'client' | 'server'

/** What crosses the relay: the nth of its kind from one side. */
export interface Crossing {
  readonly from: Side
  readonly index: number
  readonly bytes: Uint8Array
}

/** What is passed on instead; nothing, when the list is empty. */
type Change = (crossing: Crossing, relay: EvilRelay) => readonly Uint8Array[]

export interface EvilRelayOptions {
  /** Of whole messages. */
  readonly message?: Change
  /** Of the stream they make, each after its length in 4 bytes; the index is the offset of its first byte in the stream. */
  readonly bytes?: Change
}

export interface EvilRelay {
  /** The end that a client holds, and the one that a server holds. */
  readonly client: Carrier
  readonly server: Carrier
  /** Every message as its sender gave it, in order. */
  readonly captured: readonly Crossing[]
  /** Sends a message of the relay's own. */
  inject(to: Side, message: Uint8Array): void
  /** Breaks both ends off: 1006. */
  cut(): void
}

export const openEvilRelay = (options: EvilRelayOptions = {}): EvilRelay => new Relay(options)

const OTHER = { client: 'server', server: 'client' } as const

class Relay implements EvilRelay {
  readonly captured: Crossing[] = []
  readonly client: MemoryCarrier
  readonly server: MemoryCarrier
  readonly #change: Required<EvilRelayOptions>
  readonly #messages = { client: 0, server: 0 }
  readonly #offsets = { client: 0, server: 0 }
  readonly #streams = { client: this.#streamTo('client'), server: this.#streamTo('server') }

  constructor({ message = pass, bytes = pass }: EvilRelayOptions) {
    this.#change = { message, bytes }
    const end = (from: Side): MemoryCarrier =>
      new MemoryCarrier({
        sent: (one) => this.#cross(from, one),
        ended: (code, reason) => this[OTHER[from]].end({ code, reason }),
      })
    this.client = end('client')
    this.server = end('server')
  }

  inject(to: Side, message: Uint8Array): void {
    this.#stream(OTHER[to], message)
  }

  cut(): void {
    this.client.end({ code: 1006, reason: '' })
    this.server.end({ code: 1006, reason: '' })
  }

  #cross(from: Side, bytes: Uint8Array): void {
    const crossing = { from, index: this.#messages[from]++, bytes: new Uint8Array(bytes) }
    this.captured.push(crossing)
    for (const message of this.#change.message(crossing, this)) this.#stream(from, message)
  }

  #stream(from: Side, message: Uint8Array): void {
    const bytes = prefixLength(message)
    const crossing = { from, index: this.#offsets[from], bytes }
    this.#offsets[from] += bytes.length
    for (const chunk of this.#change.bytes(crossing, this)) this.#streams[OTHER[from]].push(chunk)
  }

  #streamTo(to: Side): LengthPrefixed {
    return new LengthPrefixed({
      message: (message) => this[to].deliver(message),
      broken: () => this.cut(),
    })
  }
}

const pass: Change = ({ bytes }) => [bytes]
