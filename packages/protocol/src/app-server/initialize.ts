/** Owns how a client and an app-server begin: who each is, and what they can beside the stable methods. */
import type { UpstreamSession } from './upstream.ts'

export interface ClientInfo {
  readonly name: string
  readonly title: string | null
  readonly version: string
}

export interface ClientCapabilities {
  /** Opens the methods and fields that are marked so. */
  readonly experimentalApi?: boolean
  readonly requestAttestation?: boolean
  /** Not told to this connection. */
  readonly optOutNotificationMethods?: readonly string[] | null
}

export interface InitializeAppParams {
  readonly clientInfo: ClientInfo
  readonly capabilities?: ClientCapabilities | null
}

export interface InitializeAppResult {
  /** `NAME/VERSION (…)`: Codex compares the version with its own. */
  readonly userAgent: string
  /** The folder of threads and config. */
  readonly codexHome: string
  readonly platformFamily: string
  readonly platformOs: string
  /** Absent on servers of others; a relay before one tells of its session instead. */
  readonly towline?: TowlineExtensions | UpstreamSession
}

/** What this server does beside the protocol of Codex (docs/protocol/app-server.md). */
export interface TowlineExtensions {
  readonly version: string
  /** Notifications of threads carry it, and `towline/thread/replay` tells them again. */
  readonly seq: true
  /** Methods beside those of Codex. */
  readonly methods: readonly string[]
}

export interface Diagnostics {
  readonly process: {
    readonly id: number
    readonly residentMemoryBytes: number | null
    readonly physicalFootprintBytes: number | null
  }
  readonly gauges: readonly { readonly name: string; readonly value: number }[]
}

export interface InitializeMethods {
  readonly initialize: { readonly params: InitializeAppParams; readonly result: InitializeAppResult }
  readonly 'server/diagnostics': { readonly params: object; readonly result: Diagnostics }
}
