/** Owns keeping the first and the last bytes of an output that may be endless, and counting exactly what is left out. */
import { copyOf } from '@towline/protocol'

/** What was kept of an output, as text where it is UTF-8. */
export interface KeptOutput {
  readonly text: string
  readonly encoding: 'utf8' | 'base64'
  /** Of the whole output. */
  readonly bytes: number
  readonly omitted: number
  /** From which byte of the output to which the middle is missing: the first that is, and the first that is not. */
  readonly gap?: readonly [from: number, to: number]
}

/** Two halves of `max` bytes. */
export class HeadTail {
  readonly #headMax: number
  readonly #tailMax: number
  #head: Uint8Array[] = []
  #headBytes = 0
  #tail: Uint8Array[] = []
  #tailBytes = 0
  #total = 0
  /** Between head and tail, bytes that never came. */
  #gap = false

  constructor(max: number) {
    this.#headMax = Math.ceil(max / 2)
    this.#tailMax = Math.floor(max / 2)
  }

  /** Copies `bytes`, which begin at `offset`; what was never sent before it is left out. */
  add(offset: number, bytes: Uint8Array): void {
    if (offset > this.#total) this.#jump()
    this.#total = offset + bytes.length
    const room = this.#gap ? 0 : this.#headMax - this.#headBytes
    const first = bytes.subarray(0, room)
    if (first.length > 0) this.#head.push(copyOf(first))
    this.#headBytes += first.length
    if (bytes.length > room) this.#push(bytes.subarray(room))
  }

  /** How the output stands now. */
  result(): KeptOutput {
    const head = joined(this.#head)
    const late = joined(this.#tail)
    const tail = late.subarray(Math.max(late.length - this.#tailMax, 0))
    if (this.#total === head.length + tail.length) return kept([head, tail], this.#total)
    return kept([wholeEnd(head), wholeStart(tail)], this.#total)
  }

  /** The tail is all that came after it. */
  #jump(): void {
    this.#gap = true
    this.#tail = []
    this.#tailBytes = 0
  }

  #push(bytes: Uint8Array): void {
    if (this.#tailMax === 0) return
    this.#tail.push(copyOf(bytes.subarray(-this.#tailMax)))
    this.#tailBytes += Math.min(bytes.length, this.#tailMax)
    for (;;) {
      const [first] = this.#tail
      if (!first || this.#tailBytes - first.length < this.#tailMax) return
      this.#tailBytes -= first.length
      this.#tail.shift()
    }
  }
}

const kept = ([head, tail]: readonly [Uint8Array, Uint8Array], bytes: number): KeptOutput => {
  const omitted = bytes - head.length - tail.length
  const told = { bytes, omitted, ...(omitted > 0 && { gap: [head.length, bytes - tail.length] as const }) }
  const texts = utf8(head, tail, omitted === 0)
  if (!texts) return { text: Buffer.concat([head, tail]).toString('base64'), encoding: 'base64', ...told }
  const marker = omitted === 0 ? '' : `\n[${omitted} bytes left out]\n`
  return { text: texts.join(marker), encoding: 'utf8', ...told }
}

/** Text of both parts, undefined when either is not UTF-8. */
const utf8 = (head: Uint8Array, tail: Uint8Array, whole: boolean): string[] | undefined => {
  try {
    const decode = (bytes: Uint8Array): string =>
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return whole ? [decode(Buffer.concat([head, tail]))] : [decode(head), decode(tail)]
  } catch {
    return undefined
  }
}

/** Without a character at its end that is cut short. */
export const wholeEnd = (bytes: Uint8Array): Uint8Array => {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] as number
    if ((byte & 0xc0) === 0x80) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return length > back ? bytes.subarray(0, bytes.length - back) : bytes
  }
  return bytes
}

/** Without the rest of a character at its beginning. */
const wholeStart = (bytes: Uint8Array): Uint8Array => {
  let at = 0
  while (at < 3 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at++
  return bytes.subarray(at)
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts)
