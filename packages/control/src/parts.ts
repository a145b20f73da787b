/** Owns what the parts of this room share of an open control room, without its face showing it. */
import type { Log } from '@towline/base'
import type { Limits } from '@towline/protocol'
import type { Kysely } from 'kysely'
import type { AuditLog } from './audit/audit-log.ts'
import type { StoreAuthority } from './authority.ts'
import type { Control } from './control.ts'
import type { Tables } from './store/schema.ts'

export interface Parts {
  readonly db: Kysely<Tables>
  readonly dialect: 'sqlite' | 'postgres'
  readonly log: Log
  readonly limits: Limits
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  readonly audit: AuditLog
  readonly authority: StoreAuthority
  /** Ends a credential with all that descend from it; answers the ids that were good until now. Throws NOT_FOUND. */
  readonly endCredential: (credentialId: string) => Promise<readonly string[]>
  /** Writes what waits in memory; not inside a transaction. */
  readonly flush: () => Promise<void>
}

const all = new WeakMap<Control, Parts>()

export const keepParts = (control: Control, parts: Parts): Control => {
  all.set(control, parts)
  return control
}

/** The parts of a control room that `openControl` answered. */
export const partsOf = (control: Control): Parts => all.get(control) as Parts
