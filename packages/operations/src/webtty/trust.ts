/** Owns what a client trusts: pinned servers and its own identity, as files of this machine hold them. */
import type { Carrier } from '@towline/webtty'
import type { Env } from '../context/home.ts'

/** Whose files, and what overrides them. */
export interface Trust {
  readonly env: Env
  /** Identity to prove instead of the pinned entry's. */
  readonly clientIdentity?: string | undefined
  /** Slug of the project, when it is known. */
  readonly project?: string | undefined
}

export interface Security {
  /** Absent when the server is not pinned: it is spoken to in the clear, and refused if it wants more. */
  readonly secure?: (carrier: Carrier) => Promise<Carrier>
  readonly fingerprint?: string | undefined
}

/** Looks up the pin of a server by its name. Rejects with E2E_IDENTITY_UNSAFE, CONFIG_INVALID. */
export const secureBy = async (_trust: Trust, _name: string): Promise<Security> => ({})
