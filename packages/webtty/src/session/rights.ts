/** Owns who may do what with whose process, where clients are told apart by keys they have proven. */
import type { ProcessInfo } from '@towline/protocol'

/** Who asks. Without end-to-end encryption there is none: whoever the relay lets in may do everything. */
export interface Party {
  /** What it has proven; a process belongs to the key that opened it. */
  readonly key: string
  /** `exec` and `pty`: to start such, and come back to its own. `spectate`: to watch those of others. `control`: all. */
  readonly roles: readonly string[]
}

export type Right = 'act' | 'watch' | 'none'

/** What `by` may do with a process of `owner`, which is absent where it was opened by nobody in particular. */
export const rightTo = (
  { kind, owner }: Pick<ProcessInfo, 'kind'> & { readonly owner: string | undefined },
  by: Party | undefined,
): Right => {
  if (!by || by.roles.includes('control')) return 'act'
  if (by.key === owner && by.roles.includes(kind)) return 'act'
  return by.key === owner || by.roles.includes('spectate') ? 'watch' : 'none'
}
