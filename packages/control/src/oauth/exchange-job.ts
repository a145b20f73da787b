/** Owns letting a CI job in by the token its system signed for it (OpenID Connect): a rule says which jobs, where, and for what. */
import { ALL_PERMISSIONS, AppError, type Permission } from '@towline/protocol'
import type { JWTPayload, JWTVerifyGetKey } from 'jose'
import { addCredential } from '../credential/credential-store.ts'
import { formatToken, hashSecret, newToken } from '../credential/token.ts'
import { longestLife } from '../credential/token-life.ts'
import { findProject } from '../project/project-store.ts'
import type { Exchanged } from './exchange.ts'
import { type OauthDeps, secondsOf, type TrustRule } from './oauth-deps.ts'

export interface JobRequest {
  readonly jwt: string
  readonly wanted: readonly Permission[]
}

/** Keys of issuers, fetched when needed and kept by jose. */
const keys = new Map<string, JWTVerifyGetKey>()

/** A token of the rule's project. Throws UNAUTHENTICATED for a job that no rule trusts, without telling why, and FORBIDDEN. */
export const exchangeJob = async (deps: OauthDeps, { jwt, wanted }: JobRequest): Promise<Exchanged> => {
  const { rule, claims } = await trusted(deps, jwt)
  const permissions = ALL_PERMISSIONS.filter((one) => rule.permissions.includes(one) && wanted.includes(one))
  if (permissions.length === 0) throw new AppError('FORBIDDEN', { permission: wanted.join(' ') })
  const project = await findProject(deps.db, rule.project)
  if (!project) throw new AppError('UNAUTHENTICATED')
  const now = secondsOf(deps)
  const life = await longestLife(deps.db, project.id, deps.limits.exchangeSeconds)
  const expiresAt = Math.min(now + life, claims.exp ?? now)
  const token = newToken()
  const id = token.credentialId
  await addCredential(deps.db, {
    ...{ id, kind: 'exchange', projectId: project.id, secretHash: hashSecret(token.secret), permissions },
    ...{ parentId: null, rootId: id, createdAt: now, expiresAt, name: String(claims.sub ?? rule.issuer).slice(0, 128) },
  })
  const details = { issuer: rule.issuer, subject: claims.sub, permissions }
  const { id: projectId, workspaceId } = project
  return { token: formatToken(token), permissions, expiresAt, about: { projectId, workspaceId, target: id, details } }
}

/** The first rule that the token fits; only issuers that a rule names are asked for keys. */
const trusted = async (deps: OauthDeps, jwt: string): Promise<{ rule: TrustRule; claims: JWTPayload }> => {
  const { decodeJwt, jwtVerify } = await import('jose')
  try {
    const { iss } = decodeJwt(jwt)
    const rules = deps.trust.filter(({ issuer, claims }) => issuer === iss && Object.keys(claims).length > 0)
    for (const rule of rules) {
      const options = {
        issuer: rule.issuer,
        audience: deps.publicUrl,
        currentDate: new Date(deps.clock()),
        requiredClaims: ['exp'],
      }
      const { payload } = await jwtVerify(jwt, await keysOf(rule), options)
      if (Object.entries(rule.claims).every(([name, value]) => payload[name] === value))
        return { rule, claims: payload }
    }
  } catch (error) {
    deps.log.info({ problem: error instanceof Error ? error.message : 'unknown' }, 'a token of a CI job was refused')
  }
  throw new AppError('UNAUTHENTICATED')
}

const keysOf = async ({ issuer, jwksUrl = `${issuer}/.well-known/jwks` }: TrustRule): Promise<JWTVerifyGetKey> => {
  const { createRemoteJWKSet } = await import('jose')
  const known = keys.get(jwksUrl) ?? createRemoteJWKSet(new URL(jwksUrl))
  keys.set(jwksUrl, known)
  return known
}
