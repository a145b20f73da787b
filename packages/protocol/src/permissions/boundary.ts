/** Owns the shape of resource boundaries (docs/protocol/permissions.md): which workspaces, projects and tunnels a credential is for. */
import type { Tunnel } from '../tunnel.ts'

/** How one value must be; a plain one is as `exact`. Numbers only where the field is one. */
export type TextMatch =
  | string
  | number
  | { readonly exact: string | number }
  | { readonly oneof: readonly (string | number)[] }
  | { readonly regex: string }

/** Everything in it must hold. An absent value passes nothing. */
export interface TunnelMatch {
  readonly id?: TextMatch
  readonly name?: TextMatch
  readonly kind?: TextMatch
  readonly url?: TextMatch
  readonly status?: TextMatch
  readonly owner?: TextMatch
  readonly clientId?: TextMatch
  readonly surface?: TextMatch
  readonly hostHeader?: TextMatch
  readonly httpVersion?: TextMatch
  readonly tlsMode?: TextMatch
  /** Every network of the tunnel must pass, and there must be one. */
  readonly trustedIps?: TextMatch
  readonly allowOrigins?: TextMatch
  readonly port?: TextMatch
  /** Whether anything public leads to it. */
  readonly publish?: boolean
  readonly tokenAuth?: boolean
  /** null asks only that there is the label. */
  readonly labels?: Readonly<Record<string, TextMatch | null>>
}

export interface ConnectMatch extends TunnelMatch {
  /** What the visit itself must be like: the path of its request, decoded; a stream without one never passes. */
  readonly params?: { readonly path: TextMatch }
}

export interface ListMatch extends TunnelMatch {
  /** Only these fields are shown; absent shows all. */
  readonly select?: { readonly [Field in SelectableField]?: true }
}

export type SelectableField = keyof Tunnel

/** What may be done with tunnels: an action that is not there may not be done at all, `true` does not bound it. */
export interface TunnelScopes {
  readonly create?: true | TunnelMatch
  readonly connect?: true | ConnectMatch
  readonly list?: true | ListMatch
  readonly cut?: true | TunnelMatch
}

/** One place, and what may be done with tunnels there; other areas are left to permissions. It says at least one of these. */
export interface BoundaryLeaf {
  /** Ids; not together with projects. */
  readonly workspaces?: readonly string[]
  /** Ids. */
  readonly projects?: readonly string[]
  readonly tunnels?: TunnelScopes
}

/** What a credential is for. */
export type Boundary = BoundaryLeaf | { readonly AND: readonly Boundary[] } | { readonly OR: readonly Boundary[] }
