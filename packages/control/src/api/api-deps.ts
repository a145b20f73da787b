/** Owns what the control API needs of the rest of the server. */
import type { CallerRate, Log } from '@towline/base'
import type { Limits } from '@towline/protocol'
import type { Kysely } from 'kysely'
import type { Invited } from '../accounts/invite.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import type { PaymentProvider } from '../payment/payment.ts'
import type { Plan } from '../payment/plans.ts'
import type { Tables } from '../store/schema.ts'
import type { Caller } from './caller.ts'

/** A TURN server that shares a secret with us (coturn's `use-auth-secret`). */
export interface TurnConfig {
  /** Such as `turn:turn.example.com:3478?transport=udp`. */
  readonly urls: readonly [string, ...string[]]
  readonly secret: string
}

/** What operations use besides the store. */
export interface ApiServices {
  /** The origin people and programs reach this server at. */
  readonly publicUrl: string
  /** The domain of tunnels: `<name>.<endpoint>.<domain>`. */
  readonly domain: string
  readonly plans: readonly Plan[]
  readonly payment: PaymentProvider
  /** Where projects run; there is one place. */
  readonly region: string
  readonly turn?: TurnConfig | undefined
  /** A one-time link for a person who has no way to sign in yet; without it, people are added but told nothing. */
  readonly inviteUrl?: ((person: Invited) => Promise<string>) | undefined
  /** Ends live links, watches and dials of credentials. */
  readonly tellRevoked: (credentialIds: readonly string[]) => void
  /** Writes what waits in memory, before it is read. */
  readonly flush: () => Promise<void>
}

export interface ApiDeps extends ApiServices {
  readonly db: Kysely<Tables>
  readonly log: Log
  readonly limits: Limits
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  readonly version: string
  readonly audit: Pick<AuditLog, 'add'>
  /** How often each caller is answered; the same for HTTP and MCP. */
  readonly callers: CallerRate
  /** See `createIdentify`. */
  readonly identify: (token: string) => Promise<Caller>
}
