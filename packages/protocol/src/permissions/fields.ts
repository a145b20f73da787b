/** Owns which fields of tunnels a boundary may name, of which type they are, and how each is read. */
import type { Tunnel, TunnelSpec } from '../tunnel.ts'
import type { SelectableField, TunnelMatch } from './boundary.ts'

/** A tunnel as boundaries see it: one that exists, or what a host asks for. */
export type TunnelFacts = TunnelSpec & Partial<Tunnel>

/** Undefined is absent, and passes nothing. */
export type FieldValue = string | number | boolean | readonly string[] | undefined

export interface Field {
  readonly type: 'text' | 'number' | 'flag'
  /** Whether it is known before the tunnel exists, so that `create` may name it. */
  readonly creatable: boolean
  readonly read: (tunnel: TunnelFacts) => FieldValue
}

const field = (type: Field['type'], creatable: boolean, read: Field['read']): Field => ({ type, creatable, read })

/** Options that are off by being absent are read as what that means. */
export const FIELDS: Readonly<Record<Exclude<keyof TunnelMatch, 'labels'>, Field>> = {
  name: field('text', true, ({ name }) => name),
  kind: field('text', true, ({ kind }) => kind),
  publish: field('flag', true, ({ kind }) => kind !== 'private'),
  surface: field('text', true, ({ surface }) => surface),
  hostHeader: field('text', true, ({ hostHeader }) => hostHeader),
  httpVersion: field('text', true, ({ kind, httpVersion }) =>
    kind === 'http' ? (httpVersion ?? 'http/1.1') : undefined,
  ),
  tokenAuth: field('flag', true, ({ tokenAuth }) => tokenAuth === true),
  trustedIps: field('text', true, ({ trustedIps }) => trustedIps),
  allowOrigins: field('text', true, ({ allowOrigins }) => allowOrigins),
  port: field('number', true, ({ port }) => port),
  tlsMode: field('text', true, ({ kind, tlsMode }) => (kind === 'tls' ? (tlsMode ?? 'terminated') : undefined)),
  id: field('text', false, ({ id }) => id),
  url: field('text', false, ({ url }) => url),
  status: field('text', false, ({ status }) => status),
  owner: field('text', false, ({ owner }) => owner),
  clientId: field('text', false, ({ clientId }) => clientId),
}

/** Every field of a tunnel as inventories tell it; the type makes sure that none is missing. */
const SELECTABLE: Readonly<Record<SelectableField, true>> = {
  ...{ id: true, name: true, kind: true, url: true, labels: true, status: true, owner: true, clientId: true },
  ...{ projectId: true, createdAt: true, epoch: true, surface: true, hostHeader: true, httpVersion: true },
  ...{ tokenAuth: true, trustedIps: true, allowOrigins: true, port: true, tlsMode: true },
}

/** The fields that `select` may name. */
export const SELECTABLE_FIELDS = Object.keys(SELECTABLE) as SelectableField[]
