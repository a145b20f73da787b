/** Owns telling bytes as text of a bounded length: UTF-8 where it is, base64 where it is not, and how many bytes that tells. */
import { HeadTail, type KeptOutput, wholeEnd } from '@towline/webtty'

export interface ToldBytes {
  readonly text: string
  readonly encoding: 'utf8' | 'base64'
  /** Bytes that `text` tells, from the first on. */
  readonly used: number
}

/** At most `maxChars` as JSON; no character of UTF-8 is cut. */
export const tellBytes = (bytes: Uint8Array, maxChars: number): ToldBytes => {
  for (let size = bytes.length; ; size >>= 1) {
    const told = tell(bytes.subarray(0, size))
    if (size <= 4 || JSON.stringify(told.text).length <= maxChars) return told
  }
}

const tell = (bytes: Uint8Array): ToldBytes => {
  const whole = wholeEnd(bytes)
  const text = whole.length === 0 && bytes.length > 0 ? undefined : utf8(whole)
  if (text !== undefined) return { text, encoding: 'utf8', used: whole.length }
  return { text: Buffer.from(bytes).toString('base64'), encoding: 'base64', used: bytes.length }
}

const utf8 = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** The same output with less of its middle, so that its text is at most `maxChars` as JSON. */
export const fitOutput = (output: KeptOutput, maxChars: number): KeptOutput => {
  const all = Buffer.from(output.text, output.encoding)
  const [head, tail] = partsOf(all, output)
  let fitted = output
  for (let max = all.length >> 1; JSON.stringify(fitted.text).length > maxChars && max > 0; max >>= 1) {
    const kept = new HeadTail(max)
    kept.add(0, head)
    kept.add(output.bytes - tail.length, tail)
    fitted = kept.result()
  }
  return fitted
}

/** What was kept, without the words between. */
const partsOf = (all: Buffer, { bytes, gap }: KeptOutput): readonly [Buffer, Buffer] => {
  if (!gap) return [all, Buffer.alloc(0)]
  const [from, to] = gap
  return [all.subarray(0, from), all.subarray(all.length - (bytes - to))]
}
