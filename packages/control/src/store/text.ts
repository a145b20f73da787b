/** Owns making texts from outside fit for a row: cut, and without what PostgreSQL, a terminal or a log line cannot take. */
import { printable } from '@towline/protocol'

/** Most texts, which need nothing but to be short enough. */
const PLAIN = /^[\x20-\x7e]*$/

/** Null for what is not there. */
export const cutText = (text: string | undefined, chars: number): string | null => {
  if (text === undefined) return null
  const cut = text.slice(0, chars)
  return PLAIN.test(cut) ? cut : printable(cut).replace(/\p{Cs}/gu, '\ufffd')
}
