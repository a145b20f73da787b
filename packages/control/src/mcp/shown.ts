/** Owns what tools learn of a request that came through the gate; the token itself goes no further than the gate. */
import type { AuthInfo } from '@modelcontextprotocol/server'
import type { Caller } from '../api/caller.ts'

export interface Shown {
  /** Undefined when no token was shown. */
  readonly caller: Caller | undefined
  /** `req_…` */
  readonly requestId: string
}

export const authInfoOf = (shown: Shown, metadata: string | undefined): AuthInfo => ({
  token: '',
  clientId: shown.caller?.agent ?? shown.caller?.credentialId ?? '',
  scopes: [...(shown.caller?.permissions ?? [])],
  ...(metadata !== undefined && { resourceMetadataUrl: metadata }),
  extra: { shown },
})

export const shownBy = (info: AuthInfo | undefined): Shown => info?.extra?.['shown'] as Shown
