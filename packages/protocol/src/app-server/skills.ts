/** Owns lists of what may extend an agent: skills, hooks, plugins. Stock clients ask for all of them when they start. */

interface ListError {
  readonly path: string
  readonly message: string
}

export interface SkillInfo {
  readonly name: string
  readonly description: string
  readonly shortDescription?: string
  /** Of its file. */
  readonly path: string
  readonly scope: 'user' | 'repo' | 'system' | 'admin'
  readonly enabled: boolean
}

export interface SkillMethods {
  /** An entry a folder that was asked for. */
  readonly 'skills/list': {
    readonly params: { readonly cwds?: readonly string[]; readonly forceReload?: boolean }
    readonly result: {
      readonly data: readonly {
        readonly cwd: string
        readonly skills: readonly SkillInfo[]
        readonly errors: readonly ListError[]
      }[]
    }
  }
  /** There are none here. */
  readonly 'hooks/list': {
    readonly params: { readonly cwds?: readonly string[]; readonly threadId?: string | null }
    readonly result: {
      readonly data: readonly {
        readonly cwd: string
        readonly hooks: readonly never[]
        readonly warnings: readonly string[]
        readonly errors: readonly ListError[]
      }[]
    }
  }
  /** There are none here. */
  readonly 'plugin/installed': {
    readonly params: { readonly cwds?: readonly string[] | null }
    readonly result: { readonly marketplaces: readonly never[]; readonly marketplaceLoadErrors: readonly never[] }
  }
}
