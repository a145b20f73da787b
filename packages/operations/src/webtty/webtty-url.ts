/** Owns the addresses that `--url` takes. */
import { AppError, parseTow, shown } from '@towline/protocol'

/** Where a WebTTY server is. */
export type WebttyUrl =
  /** By name or id, through the relay. */
  | { readonly kind: 'tow'; readonly name: string }
  /** A published or local endpoint. */
  | { readonly kind: 'web'; readonly url: URL }
  /** A socket of this machine. */
  | { readonly kind: 'unix'; readonly path: string }

/** Reads `tow://name`, `https://…`, `http://…` of this machine, or `unix:/path`. Throws TARGET_INVALID, NAME_INVALID. */
export const parseWebttyUrl = (text: string): WebttyUrl => {
  if (text.startsWith('unix:')) return unix(text)
  if (/^https?:\/\//i.test(text)) return { kind: 'web', url: web(text) }
  return { kind: 'tow', name: parseTow(text) }
}

const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/

const unix = (text: string): WebttyUrl => {
  const path = text.slice('unix:'.length)
  if (path.startsWith('/')) return { kind: 'unix', path }
  throw new AppError('TARGET_INVALID', { target: shown(text), problem: 'a socket is written unix:/path' })
}

const web = (text: string): URL => {
  const fail = (problem: string): AppError =>
    new AppError('TARGET_INVALID', { target: shown(text.replace(/[^/]*@/, '***@')), problem })
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url) throw fail('it is not a URL')
  if (url.username !== '' || url.password !== '')
    throw fail('it holds a login; a token goes into TOWLINE_WEBTTY_TOKEN_FILE')
  if (url.search !== '' || url.hash !== '') throw fail('it has a query or a fragment')
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    throw fail('http:// is allowed only for this machine; use https:// or tow://name')
  }
  return url
}

/**
 * The name of the machine that a published address leads to, which its host begins with; empty for an IP address. Pins go by
 * it, and not by what an inventory calls the address: whoever relays could give it another name there.
 */
export const nameIn = ({ hostname }: URL): string =>
  /^[\d.]+$|:/.test(hostname) ? '' : (hostname.split('.')[0] as string)
