/** Owns what of tunnels and clients a credential may see: only those in its boundary, only the fields it selects. */
import type { Client, Principal, Tunnel } from '@towline/protocol'
import type { ChangeEvent } from '../registry/journal.ts'
import { judge } from './judge.ts'

/** A tunnel, or the part of it that may be seen. */
export type TunnelView = Partial<Tunnel>

/** An event about a tunnel. */
export type TunnelEvent = Extract<ChangeEvent, { readonly type: `tunnel.${string}` }>

/** Undefined when it does not exist for this credential. Without a boundary it is the tunnel itself. */
export const viewTunnel = (principal: Principal, tunnel: Tunnel): TunnelView | undefined => {
  if (!principal.resources) return tunnel
  const { allow, select } = judge(principal, 'listTunnel', { tunnel })
  return allow ? picked(tunnel, select) : undefined
}

/**
 * The tunnel of an event. One that left the boundary by going offline is told to who saw it before, so that nobody keeps
 * a stale one; one that begins must be in it as it is.
 */
export const viewChanged = (principal: Principal, { type, object }: TunnelEvent): TunnelView | undefined => {
  if (!principal.resources) return object
  const statuses = type === 'tunnel.created' ? [object.status] : ([object.status, 'online', 'offline'] as const)
  for (const status of statuses) {
    const { allow, select } = judge(principal, 'listTunnel', { tunnel: { ...object, status } })
    if (allow) return picked(object, select)
  }
  return undefined
}

/** Clients are told whole or not at all. */
export const viewClient = (principal: Principal, client: Client): Client | undefined =>
  !principal.resources || judge(principal, 'listClient').allow ? client : undefined

/** The tunnel of an answer to who may do something with it but perhaps not see all of it. */
export const viewHandled = (principal: Principal, tunnel: Tunnel): TunnelView =>
  viewTunnel(principal, tunnel) ?? { id: tunnel.id, name: tunnel.name }

/** `cause` is about the event, not the tunnel, and stays. */
const picked = (tunnel: Tunnel, select: ReadonlySet<string> | undefined): TunnelView =>
  select
    ? Object.fromEntries(Object.entries(tunnel).filter(([field]) => select.has(field) || field === 'cause'))
    : tunnel
