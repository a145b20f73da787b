/** Owns what an app-server has said to a client, in order: what was not sent yet, and what may have been lost on its way. */
import type { RpcId } from '@towline/protocol'

export interface Kept {
  /** Without gaps. */
  readonly seq: number
  readonly text: string
  readonly bytes: number
  /** Of a request that the client has to answer. */
  readonly asks?: RpcId | undefined
  /** Of a notification. */
  readonly threadId?: string | undefined
}

/** Sent messages are forgotten, oldest first, beyond `mostBytes`; unsent ones never. */
export class Backlog {
  readonly #mostBytes: number
  #kept: Kept[] = []
  /** How many at the head were taken out; they are cut off now and then, for that moves all others. */
  #from = 0
  #bytes = 0
  #unsentBytes = 0
  /** The newest that there is. */
  #newest: number
  /** The newest that was sent. */
  #sent: number

  /** Numbers begin after `start`. */
  constructor(start: number, mostBytes: number) {
    this.#newest = start
    this.#sent = start
    this.#mostBytes = mostBytes
  }

  get seq(): number {
    return this.#newest
  }

  /** Of the newest that was sent. */
  get sent(): number {
    return this.#sent
  }

  /** Bytes that wait to be sent. */
  get unsentBytes(): number {
    return this.#unsentBytes
  }

  /** Numbers a message, and answers the number; `make` answers its text with that. */
  add(make: (seq: number) => string, about: Pick<Kept, 'asks' | 'threadId'>): number {
    const seq = this.#newest + 1
    const text = make(seq)
    const bytes = Buffer.byteLength(text)
    this.#newest = seq
    this.#kept.push({ seq, text, bytes, ...about })
    this.#bytes += bytes
    this.#unsentBytes += bytes
    this.#forget()
    return seq
  }

  /** The next to be sent, which counts as sent then. */
  next(): Kept | undefined {
    const kept = this.#at(this.#sent + 1)
    if (!kept) return undefined
    this.#sent = kept.seq
    this.#unsentBytes -= kept.bytes
    this.#forget()
    return kept
  }

  /** Whether all after `seq` is still here. */
  covers(seq: number): boolean {
    return seq >= this.#oldest - 1 && seq <= this.#newest
  }

  /** All after `seq` is to be sent again. */
  rewind(seq: number): void {
    for (let at = seq + 1; at <= this.#sent; at++) this.#unsentBytes += this.#at(at)?.bytes ?? 0
    this.#sent = Math.min(this.#sent, seq)
  }

  /** What was sent after `seq` and is still here, oldest first. */
  sentAfter(seq: number): readonly Kept[] {
    return this.#kept.slice(this.#from).filter((kept) => kept.seq > seq && kept.seq <= this.#sent)
  }

  get #oldest(): number {
    return this.#kept[this.#from]?.seq ?? this.#newest + 1
  }

  #at(seq: number): Kept | undefined {
    return this.#kept[this.#from + seq - this.#oldest]
  }

  #forget(): void {
    while (this.#bytes > this.#mostBytes && this.#oldest <= this.#sent) {
      this.#bytes -= (this.#kept[this.#from] as Kept).bytes
      this.#from += 1
    }
    if (this.#from < 1024 || this.#from * 2 < this.#kept.length) return
    this.#kept = this.#kept.slice(this.#from)
    this.#from = 0
  }
}
