/** Owns the plain name of what a call is about. */
import { TOW_SCHEME } from '@towline/protocol'

/** An id of a tunnel, or an address that leads to it: a socket of this machine may be that of any server. */
const ALIAS = /^(?:tun_|https?:|unix:)/i

/** Without scheme and path. `alias`: only an inventory tells whose it is. */
export const plainTarget = (text: string): { readonly name: string; readonly alias: boolean } => {
  const isTow = text.toLowerCase().startsWith(TOW_SCHEME)
  const name = isTow ? (text.slice(TOW_SCHEME.length).split('/')[0] as string) : text
  return { name, alias: ALIAS.test(name) }
}
