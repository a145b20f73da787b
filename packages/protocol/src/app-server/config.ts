/** Owns how clients read and change what holds on the server: config.toml, its layers, profiles and features. */
import type { Page, PageParams } from './page.ts'
import type { ReasoningEffort } from './settings.ts'

/** Where a setting stands. */
export type ConfigLayerName =
  | { readonly type: 'user'; readonly file: string; readonly profile: string | null }
  | { readonly type: 'project'; readonly dotCodexFolder: string }
  | { readonly type: 'system'; readonly file: string }
  | { readonly type: 'sessionFlags' }

export interface ConfigLayerRef {
  readonly name: ConfigLayerName
  readonly version: string
}

export interface ConfigLayer extends ConfigLayerRef {
  readonly config: unknown
  readonly disabledReason: string | null
}

export interface ConfigRead {
  /** Names as in config.toml, `snake_case`. */
  readonly config: Readonly<Record<string, unknown>>
  /** By name of the setting. */
  readonly origins: Readonly<Record<string, ConfigLayerRef>>
  /** Null unless asked for; the strongest first. */
  readonly layers: readonly ConfigLayer[] | null
}

export interface ConfigEdit {
  /** Dotted. */
  readonly keyPath: string
  readonly value: unknown
  readonly mergeStrategy: 'replace' | 'upsert'
}

export interface ConfigTarget {
  /** Null for the user's own. */
  readonly filePath?: string | null
  /** Refused when the file is of another version. */
  readonly expectedVersion?: string | null
}

export interface ConfigWritten {
  readonly status: 'ok' | 'okOverridden'
  readonly version: string
  readonly filePath: string
  readonly overriddenMetadata: {
    readonly message: string
    readonly overridingLayer: ConfigLayerRef
    readonly effectiveValue: unknown
  } | null
}

export interface PermissionProfileInfo {
  readonly id: string
  readonly description: string | null
  readonly allowed: boolean
}

export interface ExperimentalFeature {
  readonly name: string
  readonly stage: 'beta' | 'underDevelopment' | 'stable' | 'deprecated' | 'removed'
  readonly displayName: string | null
  readonly description: string | null
  readonly announcement: string | null
  readonly enabled: boolean
  readonly defaultEnabled: boolean
}

export interface CollaborationModeMask {
  readonly name: string
  readonly mode: 'plan' | 'default' | null
  readonly model: string | null
  readonly reasoning_effort: ReasoningEffort | null
}

export interface ConfigMethods {
  readonly 'config/read': {
    readonly params: { readonly includeLayers?: boolean; readonly cwd?: string | null }
    readonly result: ConfigRead
  }
  readonly 'config/value/write': { readonly params: ConfigEdit & ConfigTarget; readonly result: ConfigWritten }
  readonly 'config/batchWrite': {
    readonly params: ConfigTarget & { readonly edits: readonly ConfigEdit[]; readonly reloadUserConfig?: boolean }
    readonly result: ConfigWritten
  }
  /** Called without params. */
  readonly 'configRequirements/read': {
    readonly params: null | undefined
    readonly result: { readonly requirements: null }
  }
  readonly 'permissionProfile/list': {
    readonly params: PageParams & { readonly cwd?: string | null }
    readonly result: Page<PermissionProfileInfo>
  }
  readonly 'experimentalFeature/list': {
    readonly params: PageParams & { readonly threadId?: string | null }
    readonly result: Page<ExperimentalFeature>
  }
  readonly 'collaborationMode/list': {
    readonly params: object
    readonly result: { readonly data: readonly CollaborationModeMask[] }
  }
}
