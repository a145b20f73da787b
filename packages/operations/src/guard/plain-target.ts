/** Owns the plain name of what a call is about. */
import { TOW_SCHEME } from '@towline/protocol'

/** An id of a tunnel, or an address that leads to it. */
const ALIAS = /^(?:tun_|https?:)/i

/** `alias`: only an inventory tells whose it is. */
export const plainTarget = (text: string): { readonly name: string; readonly alias: boolean } => {
  const lower = text.toLowerCase()
  const name = lower.startsWith(TOW_SCHEME) ? lower.slice(TOW_SCHEME.length).replace(/\/+$/, '') : text
  return { name, alias: ALIAS.test(name) }
}
