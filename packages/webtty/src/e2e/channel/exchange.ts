/** Owns the messages of a handshake on a carrier: one at a time, with a deadline, and what came early is kept for later. */
import { AppError, copyOf, type ErrorCode, type Limits } from '@towline/protocol'
import type { Carrier, CarrierEnd, CarrierSink } from '../../carrier/carrier.ts'
import { CUT_OFF, E2E_CLOSE } from './close-codes.ts'

/** What came after the handshake before anyone read it. */
export interface Leftover {
  readonly messages: readonly Uint8Array[]
  readonly end?: CarrierEnd | undefined
}

export type ExchangeLimits = Pick<Limits, 'e2eHandshakeMs' | 'e2eHandshakeBytes' | 'webttyMessageBytes'>

/** With which code a failed handshake is closed. */
const CODE_OF: Partial<Record<ErrorCode, number>> = {
  E2E_TAMPERED: E2E_CLOSE.tampered,
  E2E_SERVER_CHANGED: E2E_CLOSE.tampered,
  E2E_REQUIRED: E2E_CLOSE.plaintext,
}

/** Takes the carrier's sink until `release` or `fail`. */
export class Exchange implements CarrierSink {
  readonly #carrier: Carrier
  readonly #limits: ExchangeLimits
  readonly #inbox: Uint8Array[] = []
  readonly #timer: ReturnType<typeof setTimeout>
  #waiting: { readonly resolve: (message: Uint8Array) => void; readonly reject: (error: AppError) => void } | undefined
  #end: CarrierEnd | undefined
  #failure: AppError | undefined
  #bytes = 0

  constructor(carrier: Carrier, limits: ExchangeLimits) {
    this.#carrier = carrier
    this.#limits = limits
    carrier.sink = this
    this.#timer = setTimeout(() => this.#late(), limits.e2eHandshakeMs)
  }

  /** Ends it for the sake of others, by 4429. */
  giveWay(problem: string): unknown {
    this.#fail(problem)
    return this.fail(this.#failure, E2E_CLOSE.busy)
  }

  send(message: Uint8Array): void {
    this.#carrier.send(message)
  }

  /** The next message. Rejects with E2E_HANDSHAKE_FAILED when none comes, and with E2E_TAMPERED when it is too long. */
  async next(): Promise<Uint8Array> {
    const message = this.#inbox.shift() ?? (await this.#wait())
    if (message.length <= this.#limits.e2eHandshakeBytes) return message
    throw new AppError('E2E_TAMPERED', { problem: 'a message of the handshake is too long' })
  }

  #wait(): Promise<Uint8Array> {
    if (this.#failure) return Promise.reject(this.#failure)
    const waits = new Promise<Uint8Array>((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
    this.#carrier.resume()
    return waits
  }

  message(bytes: Uint8Array): void {
    this.#carrier.pause()
    const copy = copyOf(bytes)
    const { resolve } = this.#waiting ?? {}
    this.#waiting = undefined
    if (resolve) return resolve(copy)
    this.#bytes += copy.length
    // A carrier may hand over what it holds already; more than that is a peer that does not wait.
    if (this.#bytes > this.#limits.webttyMessageBytes) return this.#fail('the peer sent more than it may')
    this.#inbox.push(copy)
  }

  drained(): void {}

  closed(end: CarrierEnd): void {
    this.#end = end
    this.#fail(`the connection ended (${end.code}) before the handshake was complete`)
  }

  /** Hands over what came early; the carrier is paused and needs a new sink. Throws when the exchange failed meanwhile. */
  release(): Leftover {
    clearTimeout(this.#timer)
    if (this.#failure && !this.#end) throw this.#failure
    return { messages: this.#inbox, end: this.#end }
  }

  /** Closes the carrier by what went wrong, and answers it. */
  fail(error: unknown, code?: number): unknown {
    clearTimeout(this.#timer)
    this.#carrier.sink = SILENT
    const known = error instanceof AppError ? CODE_OF[error.code] : undefined
    if (!this.#end) this.#carrier.close(code ?? known ?? E2E_CLOSE.tampered)
    this.#carrier.resume()
    return error
  }

  #late(): void {
    this.#fail(`it was not complete within ${this.#limits.e2eHandshakeMs / 1000} s`)
    if (!this.#end) this.#carrier.close(E2E_CLOSE.late)
  }

  #fail(problem: string): void {
    this.#failure ??= new AppError('E2E_HANDSHAKE_FAILED', { problem })
    this.#waiting?.reject(this.#failure)
    this.#waiting = undefined
  }
}

/** After a failure nothing is listened to; a resumed carrier can still end. */
const SILENT: CarrierSink = { message: () => undefined, drained: () => undefined, closed: () => undefined }

export const cutOff = (reason: string): CarrierEnd => ({ code: CUT_OFF, reason })
