/** Owns which models there are, and who provides them. */
import type { Page, PageParams } from './page.ts'
import type { ReasoningEffort } from './settings.ts'

export interface ModelInfo {
  readonly id: string
  readonly model: string
  readonly displayName: string
  readonly description: string
  readonly hidden: boolean
  readonly supportedReasoningEfforts: readonly {
    readonly reasoningEffort: ReasoningEffort
    readonly description: string
  }[]
  readonly defaultReasoningEffort: ReasoningEffort
  readonly inputModalities?: readonly ('text' | 'image' | 'audio')[]
  readonly isDefault: boolean
}

export interface ModelProviderInfo {
  readonly id: string
  readonly name: string
  readonly canEdit: boolean
  readonly baseUrl: string | null
  readonly settings:
    | { readonly type: 'openai' }
    | {
        readonly type: 'customGateway'
        readonly auth:
          | { readonly mode: 'none' }
          | { readonly mode: 'environmentVariable'; readonly envKey: string }
          | { readonly mode: 'externallyConfigured'; readonly envKey: string | null }
      }
}

export interface ModelMethods {
  readonly 'model/list': {
    readonly params: PageParams & { readonly modelProvider?: string | null; readonly includeHidden?: boolean | null }
    readonly result: Page<ModelInfo>
  }
  readonly 'modelProvider/list': {
    readonly params: object
    readonly result: {
      readonly data: readonly ModelProviderInfo[]
      readonly defaultProviderId: string
      readonly canChangeDefault: boolean
    }
  }
  readonly 'modelProvider/capabilities/read': {
    readonly params: object
    readonly result: { readonly imageGeneration: boolean; readonly webSearch: boolean }
  }
}
