/** Owns fitting the record store to oidc-provider: its errors, and how long a client lives that nobody approved. */
import { AppError } from '@towline/protocol'
import type { Adapter, errors as Errors } from 'oidc-provider'
import { type OauthDeps, secondsOf } from './oauth-deps.ts'
import { oauthAdapter } from './record-store.ts'
import { sha256 } from './record-id.ts'

export const createAdapter = (deps: OauthDeps, errors: typeof Errors): ((model: string) => Adapter) => {
  const make = oauthAdapter(deps.db, () => secondsOf(deps))
  return (model) => {
    const store = make(model)
    return {
      ...(store as unknown as Adapter),
      upsert: (id, payload, expiresIn) =>
        store.upsert(id, payload, model === 'Client' ? deps.limits.oauthClientSeconds : expiresIn),
      consume: async (id) => {
        try {
          await store.consume(id)
        } catch (error) {
          throw error instanceof AppError ? new errors.InvalidGrant(error.message) : error
        }
      },
    }
  }
}

/** A client that somebody approved is not forgotten any more. */
export const keepClient = async ({ db }: Pick<OauthDeps, 'db'>, clientId: string): Promise<void> => {
  await db
    .updateTable('oauth_records')
    .set({ expires_at: null })
    .where('model', '=', 'Client')
    .where('id_hash', '=', sha256(clientId))
    .execute()
}
