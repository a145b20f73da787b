/** Owns turning what a person allowed into a grant and its login. */
import { ALL_PERMISSIONS, type Permission } from '@towline/protocol'
import type { default as Provider, PromptDetail } from 'oidc-provider'
import { newId } from '@towline/base'
import { addCredential } from '../credential/credential-store.ts'
import { keepClient } from './adapter.ts'
import { keep } from '../audit/keep.ts'
import { inTransaction } from '../store/transaction.ts'
import { type OauthDeps, secondsOf } from './oauth-deps.ts'

/** What is asked for, by resource. */
export interface Asked {
  readonly resources: Readonly<Record<string, readonly string[]>>
  readonly oidc: readonly string[]
}

export const askedOf = (prompt: Pick<PromptDetail, 'details'>): Asked => ({
  resources: (prompt.details['missingResourceScopes'] ?? {}) as Record<string, string[]>,
  oidc: (prompt.details['missingOIDCScope'] ?? []) as string[],
})

/** The permissions among what is asked for, in table order. */
export const askedPermissions = ({ resources }: Asked): readonly Permission[] => {
  const words = new Set(Object.values(resources).flat())
  return ALL_PERMISSIONS.filter((permission) => words.has(permission))
}

export interface Approval {
  readonly userId: string
  readonly clientId: string
  /** What the login is called on the account page. */
  readonly name: string
  /** Where the person decided. */
  readonly address: string
  readonly asked: Asked
  /** Those that are not among what was asked for count for nothing. */
  readonly ticked: ReadonlySet<string>
}

/** Answers the id of the grant. */
export const approve = async (provider: Provider, deps: OauthDeps, approval: Approval): Promise<string> => {
  const { userId, clientId, asked, ticked } = approval
  const grant = new provider.Grant({ accountId: userId, clientId })
  if (asked.oidc.length > 0) grant.addOIDCScope(asked.oidc.join(' '))
  for (const [resource, scopes] of Object.entries(asked.resources)) {
    const allowed = scopes.filter((scope) => ticked.has(scope))
    const refused = scopes.filter((scope) => !ticked.has(scope))
    if (allowed.length > 0) grant.addResourceScope(resource, allowed.join(' '))
    if (refused.length > 0) grant.rejectResourceScope(resource, refused.join(' '))
  }
  const grantId = await grant.save()
  const now = secondsOf(deps)
  const permissions = askedPermissions(asked).filter((permission) => ticked.has(permission))
  const { name } = approval
  const expiresAt = now + deps.limits.loginSeconds
  const id = newId('crd')
  await inTransaction(deps.db, async (db) => {
    await addCredential(db, {
      ...{ id, kind: 'login', projectId: null, secretHash: null, permissions, name, userId, clientId, grantId },
      ...{ parentId: null, rootId: id, createdAt: now, expiresAt },
    })
    await keepClient({ db }, clientId)
    const details = { clientId, name, permissions, address: approval.address }
    await keep({ ...deps, db }, { action: 'login.approve', decision: 'allowed', userId, target: id, details })
  })
  return grantId
}
