/** Owns reading `Connection` (RFC 9110 §7.6.1): close, keep-alive, upgrade, and the fields it makes hop-by-hop. */
import { AppError } from '@towline/protocol'
import { ascii, sameWord, text, TOKEN } from './bytes.ts'
import { folded } from './fields.ts'

const KEEP_ALIVE = ascii('keep-alive')
const CLOSE = ascii('close')
/** Stripping one of these while we act on it would make a message that means something else. */
const RESERVED: ReadonlySet<string> = new Set(['host', 'content-length', 'transfer-encoding', 'connection', 'trailer'])
const NONE: readonly string[] = []

/** The options of one head, over all its `Connection` fields. */
export class ConnectionOptions {
  close = false
  keepAlive = false
  upgrade = false
  /** Names a field that frames or routes. */
  reserved = false
  /** Folded names of fields that must not be forwarded. */
  nominated: readonly string[] = NONE

  reset(): void {
    this.close = false
    this.keepAlive = false
    this.upgrade = false
    this.reserved = false
    this.nominated = NONE
  }

  /** Adds one field value. Throws HEAD_INVALID when it is not a list of tokens. */
  read(bytes: Uint8Array, from: number, to: number): void {
    const length = to - from
    if (length === KEEP_ALIVE.length && sameWord(bytes, from, KEEP_ALIVE)) this.keepAlive = true
    else if (length === CLOSE.length && sameWord(bytes, from, CLOSE)) this.close = true
    else for (const part of text(bytes, from, to).split(',')) this.#option(part.trim())
  }

  #option(option: string): void {
    if (option === '') return
    for (const char of option) {
      if (TOKEN[char.charCodeAt(0)] !== 1)
        throw new AppError('HEAD_INVALID', {
          problem: 'Connection is not a list of tokens',
        })
    }
    const name = folded(option)
    if (name === 'close') this.close = true
    else if (name === 'keep-alive') this.keepAlive = true
    else if (name === 'upgrade') this.upgrade = true
    else this.#nominate(name)
  }

  #nominate(name: string): void {
    if (RESERVED.has(name)) this.reserved = true
    if (name !== 'te') this.nominated = [...this.nominated, name]
  }
}
