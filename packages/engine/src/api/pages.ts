/** Owns answering inventories: filtered, in the order things came, a page at a time. */
import { compileFilter, type Limits } from '@towline/protocol'
import { compileRegex } from './regex.ts'

/** Keys a filter of tunnels may name, besides labels. */
export const TUNNEL_KEYS = [
  ...['id', 'name', 'kind', 'url', 'status', 'owner', 'clientId', 'projectId', 'surface', 'hostHeader'],
  ...['httpVersion', 'tokenAuth', 'trustedIps', 'port', 'tlsMode'],
]

/** Keys a filter of clients may name, besides labels. */
export const CLIENT_KEYS = [
  'id',
  'agent',
  'os',
  'arch',
  'address',
  'transport',
  'status',
  'owner',
  'projectId',
  'tunnels',
]

/** A filter by the one grammar. Throws FILTER_INVALID. */
export const filterOf = (text: string | undefined, keys: readonly string[]): ((item: object) => boolean) =>
  compileFilter(text ?? '', keys, compileRegex)

export interface PageQuery {
  readonly filter?: string | undefined
  readonly limit?: number | undefined
  /** The order of the last item of the page before, in base 36. */
  readonly cursor?: string | undefined
}

export interface PageOptions<Item, View> {
  readonly limits: Limits
  readonly keys: readonly string[]
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
