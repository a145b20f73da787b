/** Owns what an application can ask an engine about its project: list, watch, cut, mint. */
import type { Client, MintRequest, Minted, Permission, Tunnel, WatchEvent } from '@towline/protocol'
import { ApiClient, type ApiOptions } from './api-client.ts'
import { socketSent, watch, type WatchOptions } from './watch.ts'

export interface ListOptions {
  /** `key=value` joined by commas, `labels.k=v`, or a JSON filter. */
  readonly filter?: string | undefined
  readonly signal?: AbortSignal | undefined
}

export interface CutOptions {
  /** The owner is told. */
  readonly reason?: string | undefined
  readonly signal?: AbortSignal | undefined
}

export interface MintOptions extends MintRequest {
  readonly signal?: AbortSignal | undefined
}

/** Every call rejects with the AppError of the engine, or SERVER_UNREACHABLE, SERVER_UNTRUSTED, NOT_TOWLINE. */
export interface Inventory {
  /** A credential whose boundary selects fields gets only those. */
  listTunnels(options?: ListOptions): Promise<readonly Tunnel[]>
  listClients(options?: ListOptions): Promise<readonly Client[]>
  /** By id or name; answers the tunnel as it was. */
  cutTunnel(id: string, options?: CutOptions): Promise<Tunnel>
  cutClient(id: string, options?: CutOptions): Promise<Client>
  /** A narrower, shorter-lived credential; its token is shown once. */
  mintToken(options: MintOptions): Promise<Minted & { readonly permissions: readonly Permission[] }>
  /** `state.initial`, then every event; resumes by itself after a broken connection. */
  watch(options?: WatchOptions): AsyncIterableIterator<WatchEvent>
  /** The same over a WebSocket, for paths that hold back server-sent events. */
  watchSocket(options?: WatchOptions): AsyncIterableIterator<WatchEvent>
  close(): void
}

/** Opens nothing until the first call. Throws TARGET_INVALID or OPTION_INVALID. */
export const createInventory = (options: ApiOptions): Inventory => {
  const api = new ApiClient(options)
  const cut = (what: 'tunnels' | 'clients', id: string, { reason, signal }: CutOptions = {}): Promise<unknown> =>
    api.call({ method: 'DELETE', path: `/api/engine/${what}/${encodeURIComponent(id)}`, body: { reason }, signal })
  return {
    listTunnels: (list) => listAll<Tunnel>(api, 'tunnels', list),
    listClients: (list) => listAll<Client>(api, 'clients', list),
    cutTunnel: (id, how) => cut('tunnels', id, how) as Promise<Tunnel>,
    cutClient: (id, how) => cut('clients', id, how) as Promise<Client>,
    mintToken: ({ permissions, ttlSeconds, resources, signal }) =>
      api.call({
        method: 'POST',
        path: '/api/engine/tokens',
        body: { permissions, ttlSeconds, resources },
        signal,
      }) as ReturnType<Inventory['mintToken']>,
    watch: (how = {}) => watch(api, how),
    watchSocket: (how = {}) => watch(api, how, socketSent),
    close: () => api.close(),
  }
}

/** All pages, in the order of the engine. */
const listAll = async <Item>(
  api: ApiClient,
  what: 'tunnels' | 'clients',
  { filter, signal }: ListOptions = {},
): Promise<readonly Item[]> => {
  const items: Item[] = []
  let cursor: string | undefined
  do {
    const page = await api.call({ method: 'GET', path: `/api/engine/${what}`, query: { filter, cursor }, signal })
    const { [what]: found, next } = page as { readonly next?: string } & Partial<Record<string, unknown>>
    items.push(...((found ?? []) as Item[]))
    cursor = next
  } while (cursor !== undefined)
  return items
}
