/** Owns what links are given. */
import type { Log } from '@towline/base'
import type { Client, Limits, MuxStream, Principal, StreamOpen } from '@towline/protocol'
import type { ReportDeps } from '../access/report.ts'
import type { Registry } from '../registry/registry.ts'
import type { Link } from './link.ts'

/** How a link reached us. */
export interface LinkInfo {
  /** Remote address without port. */
  readonly address: string
  /** Remote port; 0 when unknown. */
  readonly port?: number
  readonly transport: Client['transport']
}

export interface LinkDeps extends ReportDeps {
  readonly registry: Registry
  readonly limits: Limits
  readonly log: Log
  /** What the welcome calls us, such as `towline-engine/0.1.0`. */
  readonly engine: string
  /** Rejects with UNAUTHENTICATED or AUTHORITY_UNAVAILABLE. */
  readonly verify: (token: string, project?: string) => Promise<Principal>
  /** Whether its credential was revoked since it was verified. */
  readonly isOver: (principal: Principal) => boolean
  /** The client opened a stream, which is paused. */
  readonly dial: (link: Link, stream: MuxStream, open: StreamOpen) => void
}
