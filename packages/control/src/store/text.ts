/** Owns making texts from outside fit for a row: cut, and without what PostgreSQL, a terminal or a log line cannot take. */
import { printable } from '@towline/protocol'

/** Null for what is not there. */
export const cutText = (text: string | undefined, chars: number): string | null =>
  text === undefined ? null : printable(text.slice(0, chars)).replace(/\p{Cs}/gu, '\ufffd')
