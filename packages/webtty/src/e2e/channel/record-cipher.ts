/** Owns one direction of records: sealing or opening the next one, and taking the next key in time. */
import type { Limits } from '@towline/protocol'
import { type CipherState, tampered } from '../noise/cipher-state.ts'
import { returnBulk, takeBulk } from '../../wire/bulk-buffers.ts'
import { E2E_TYPE } from './handshake-messages.ts'

/** First byte of the plaintext of a record. */
export const RECORD = { part: 0, last: 1, rekey: 2, close: 3 } as const

export type RecordLimits = Pick<Limits, 'e2eRecordBytes' | 'e2eRekeyRecords' | 'e2eRekeyBytes' | 'e2eRekeyMs'>

const NOTHING = new Uint8Array()
const TAG_BYTES = 16

/** Counts what a key was used for, on both sides: a sender that goes on too long under one is found out. */
class KeyUse {
  readonly #limits: RecordLimits
  #records = 0
  #bytes = 0

  constructor(limits: RecordLimits) {
    this.#limits = limits
  }

  /** Whether no record may follow but the one that announces the next key. */
  get isFull(): boolean {
    const { e2eRekeyRecords, e2eRekeyBytes, e2eRecordBytes } = this.#limits
    return this.#records >= e2eRekeyRecords - 1 || this.#bytes > e2eRekeyBytes - 2 * e2eRecordBytes
  }

  /** Whether more came under the key than may. */
  get isOver(): boolean {
    const { e2eRekeyRecords, e2eRekeyBytes } = this.#limits
    return this.#records > e2eRekeyRecords || this.#bytes > e2eRekeyBytes
  }

  add(bytes: number): void {
    this.#records++
    this.#bytes += bytes
  }
}

export class RecordSealer {
  readonly #cipher: CipherState
  readonly #limits: RecordLimits
  readonly #now: () => number
  #use: KeyUse
  #since: number

  /** `now` in milliseconds of any clock that does not go back. */
  constructor(cipher: CipherState, limits: RecordLimits, now: () => number) {
    this.#cipher = cipher
    this.#limits = limits
    this.#now = now
    this.#use = new KeyUse(limits)
    this.#since = now()
  }

  /**
   * Hands `send` the carrier messages for one record: itself, after one that announces the next key where that is due.
   * Each is valid only during the call. Answers what `send` said of the last.
   */
  seal(kind: number, body: Uint8Array, send: (message: Uint8Array) => boolean): boolean {
    if (this.#use.isFull || this.#now() - this.#since >= this.#limits.e2eRekeyMs) this.#rekey(send)
    return this.#seal([kind, body], send)
  }

  wipe(): void {
    this.#cipher.wipe()
  }

  #rekey(send: (message: Uint8Array) => boolean): void {
    this.#seal([RECORD.rekey, NOTHING], send)
    this.#cipher.rekey()
    this.#use = new KeyUse(this.#limits)
    this.#since = this.#now()
  }

  #seal([kind, body]: readonly [number, Uint8Array], send: (message: Uint8Array) => boolean): boolean {
    const plain = takeBulk(1 + body.length)
    plain[0] = kind
    plain.set(body, 1)
    this.#use.add(plain.length)
    const message = takeBulk(1 + plain.length + TAG_BYTES)
    message[0] = E2E_TYPE.record
    this.#cipher.sealInto(message.subarray(1), plain)
    returnBulk(plain)
    const takesMore = send(message)
    returnBulk(message)
    return takesMore
  }
}

export class RecordOpener {
  readonly #cipher: CipherState
  readonly #limits: RecordLimits
  #use: KeyUse

  constructor(cipher: CipherState, limits: RecordLimits) {
    this.#cipher = cipher
    this.#limits = limits
    this.#use = new KeyUse(limits)
  }

  /** Kind and body of the next record. Throws E2E_TAMPERED for anything that is not it. */
  open(message: Uint8Array): { readonly kind: number; readonly body: Uint8Array } {
    if (message[0] !== E2E_TYPE.record) throw tampered('a message came in the clear')
    if (message.length > this.#limits.e2eRecordBytes + TAG_BYTES + 1) throw tampered('a record is too long')
    const plaintext = this.#cipher.open(NOTHING, message.subarray(1))
    const kind = plaintext[0]
    if (kind === undefined) throw tampered('a record is empty')
    this.#use.add(plaintext.length)
    if (this.#use.isOver) throw tampered('a key was used for too long')
    if (kind === RECORD.rekey) this.#rekey()
    return { kind, body: plaintext.subarray(1) }
  }

  wipe(): void {
    this.#cipher.wipe()
  }

  #rekey(): void {
    this.#cipher.rekey()
    this.#use = new KeyUse(this.#limits)
  }
}
