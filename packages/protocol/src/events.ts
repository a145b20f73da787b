/** Owns the shapes of watch events. */
import type { Client, Tunnel } from './tunnel.ts'

interface Envelope<Type extends string, Object> {
  /** Grows by one in each project; sent as the SSE id. Opaque to clients. */
  readonly id: string
  readonly type: Type
  /** Integer seconds. */
  readonly createdAt: number
  readonly projectId: string
  readonly object: Object
}

/** Why something was deleted or changed, for `tunnel.deleted` and `client.deleted`. */
export type Cause = 'closed' | 'lost' | 'replaced' | 'cut' | 'revoked' | 'shutdown'

export type Deleted<T> = T & { readonly cause: Cause }

export type WatchEvent =
  | Envelope<'state.initial', { readonly tunnels: readonly Tunnel[]; readonly clients: readonly Client[] }>
  | Envelope<'tunnel.created' | 'tunnel.updated', Tunnel>
  | Envelope<'tunnel.deleted', Deleted<Tunnel>>
  | Envelope<'client.created' | 'client.updated', Client>
  | Envelope<'client.deleted', Deleted<Client>>

export type WatchEventType = WatchEvent['type']
