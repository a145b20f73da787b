/** Owns what the parts of the OAuth server share. */
import type { Log } from '@towline/base'
import type { Audience, Authority } from '@towline/protocol'
import type { Keeping } from '../audit/keep.ts'

/** Who trusts which tokens of a CI system, and for what. */
export interface TrustRule {
  /** Issuer of the tokens, such as https://token.actions.githubusercontent.com. */
  readonly issuer: string
  /** Where its keys are; `<issuer>/.well-known/jwks` when absent. */
  readonly jwksUrl?: string | undefined
  /** Claims that must be there with exactly these values; at least one besides the issuer. */
  readonly claims: Readonly<Record<string, string>>
  /** Slug of the project it may act in. */
  readonly project: string
  readonly permissions: readonly string[]
}

export interface OauthDeps extends Keeping {
  readonly log: Log
  /** Issuer and root resource, byte for byte: an origin without a slash at its end. */
  readonly publicUrl: string
  readonly trust: readonly TrustRule[]
  /** Client-id metadata documents: they make the server fetch what clients name, so they are off by default. */
  readonly clientDocuments: boolean
  readonly authority: Pick<Authority, 'verify' | 'mint'>
  /** Ends a credential and all that descend from it, and tells the engine. */
  readonly revokeCredential: (credentialId: string) => Promise<unknown>
  /** What clients ask for that name no scope. */
  readonly defaultScope: (audience: Audience) => string
}

/** Integer seconds. */
export const secondsOf = ({ clock }: Pick<OauthDeps, 'clock'>): number => Math.floor(clock() / 1000)
