/** Owns the head a visitor gets: the upstream's, byte for byte, without what is hop-by-hop, plus our own word on closing. */
import { ascii } from './bytes.ts'
import { FIELD, folded } from './fields.ts'
import type { HeadWriter } from './head-writer.ts'
import type { ResponseHead } from './response-head.ts'

const END = ascii('\r\n')
const END_CLOSE = ascii('Connection: close\r\n\r\n')
const VERSION = ascii('HTTP/1.1')

/** Whether the head can go out as it is. */
export const passesVerbatim = (head: ResponseHead, close: boolean): boolean => {
  if (close || head.minor === 0) return false
  const { kinds, count } = head.fields
  for (let index = 0; index < count; index++) {
    if (kinds[index] === FIELD.connection || kinds[index] === FIELD.hop || kinds[index] === FIELD.upgrade) return false
  }
  return true
}

/** Writes the head into `out`, with room for `spare` bytes after it; `out` is begun here. */
// oxlint-disable-next-line max-params -- hot path; an options object would be allocated for each answer
export const writeResponse = (head: ResponseHead, close: boolean, spare: number, out: HeadWriter): void => {
  const { bytes, fields } = head
  const { at, count } = fields
  const end = at[4 * count] as number
  out.begin(end - head.start + END_CLOSE.length + spare)
  out.put(VERSION)
  let from = head.start + VERSION.length
  for (let index = 0; index < count; index++) {
    if (!drops(head, index)) continue
    out.copy(bytes, from, at[4 * index] as number)
    from = at[4 * index + 4] as number
  }
  out.copy(bytes, from, end)
  out.put(close ? END_CLOSE : END)
}

/** 426 names the protocols to upgrade to, for the visitor to read. */
const drops = (head: ResponseHead, index: number): boolean => {
  const kind = head.fields.kinds[index]
  if (kind === FIELD.connection || kind === FIELD.hop) return true
  if (kind === FIELD.upgrade) return head.status !== 426
  const { nominated } = head.connection
  return nominated.length > 0 && nominated.includes(folded(head.fields.name(head.bytes, index)))
}
