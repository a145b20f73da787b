/** Owns answering inventories: filtered, in the order things came, a page at a time. */
import {
  type Client,
  compileFilter,
  type FilterKeys,
  KINDS,
  type Limits,
  SURFACES,
  type Tunnel,
} from '@towline/protocol'
import { compileRegex } from './regex.ts'

/** What may have any value. */
const ANY: readonly string[] = []
const YES_NO = ['true', 'false']

/** Keys a filter of tunnels may name, besides labels, and the values they can have. */
export const TUNNEL_KEYS: FilterKeys = {
  id: ANY,
  name: ANY,
  kind: KINDS,
  url: ANY,
  status: ['online', 'offline'] satisfies Tunnel['status'][],
  owner: ANY,
  clientId: ANY,
  projectId: ANY,
  surface: SURFACES,
  hostHeader: ANY,
  httpVersion: ['http/1.1', 'h2c'] satisfies Tunnel['httpVersion'][],
  tokenAuth: YES_NO,
  trustedIps: ANY,
  allowOrigins: ANY,
  port: ANY,
  tlsMode: ['terminated', 'passthrough'] satisfies Tunnel['tlsMode'][],
}

/** The same of clients. */
export const CLIENT_KEYS: FilterKeys = {
  id: ANY,
  agent: ANY,
  os: ANY,
  arch: ANY,
  address: ANY,
  transport: ['tls', 'plain', 'websocket'] satisfies Client['transport'][],
  status: ['online'] satisfies Client['status'][],
  owner: ANY,
  projectId: ANY,
  tunnels: ANY,
}

/** A filter by the one grammar. Throws FILTER_INVALID. */
export const filterOf = (text: string | undefined, keys: FilterKeys): ((item: object) => boolean) =>
  compileFilter(text ?? '', keys, compileRegex)

export interface PageQuery {
  readonly filter?: string | undefined
  readonly limit?: number | undefined
  /** The order of the last item of the page before, in base 36. */
  readonly cursor?: string | undefined
}

export interface PageOptions<Item, View> {
  readonly limits: Limits
  readonly keys: FilterKeys
  /** What the caller may see of it; undefined when it may not see it at all. */
  readonly view: (item: Item) => (View & object) | undefined
}

/** One page; `next` is absent on the last. Throws FILTER_INVALID. */
export const pageOf = <Item extends { readonly order: number }, View>(
  items: readonly Item[],
  query: PageQuery,
  { limits, keys, view }: PageOptions<Item, View>,
): { readonly views: readonly View[]; readonly next?: string } => {
  const passes = filterOf(query.filter, keys)
  const after = query.cursor === undefined ? 0 : Number.parseInt(query.cursor, 36)
  const limit = query.limit ?? limits.apiListItems
  const views: View[] = []
  let last = 0
  for (const item of items) {
    if (item.order <= after) continue
    const shown = view(item)
    // The caller's filter sees what the caller may see, or it would tell what is hidden.
    if (!shown || !passes(shown)) continue
    if (views.length === limit) return { views, next: last.toString(36) }
    views.push(shown)
    last = item.order
  }
  return { views }
}
