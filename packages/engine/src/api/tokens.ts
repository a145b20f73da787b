/** Owns minting narrower, shorter-lived credentials. */
import { AppError, type Boundary, compileBoundary, intersectPermissions, parseBoundary } from '@towline/protocol'
import type { JSONValue } from 'hono/utils/types'
import { compileBoundaryRegex } from '../access/boundary-regex.ts'
import { report } from '../access/report.ts'
import type { Api, ApiDeps } from './app.ts'
import { json, operation } from './operation.ts'
import { mintBody, mintedSchema } from './schemas.ts'

/** POST /api/engine/tokens. */
export const addTokens = (api: Api, deps: ApiDeps): void => {
  const { limits, authority } = deps
  const mint = operation(
    { auth: deps, permission: 'tokens.create', action: 'token.mint' },
    {
      method: 'post',
      path: '/api/engine/tokens',
      operationId: 'mintToken',
      tags: ['Tokens'],
      summary: 'Mint a credential that may do no more than the caller, for no longer.',
      description:
        'It ends with the credential it was minted by, and holds no more than was asked for. A life that the settings of the ' +
        'project do not allow is refused (TOKEN_LIFE_REFUSED).',
      request: { body: { ...json(mintBody, 'What it may do, and for how long.'), required: true } },
      responses: { 201: json(mintedSchema, 'The token is shown only here.') },
    },
  )
  api.openapi(mint, async (context) => {
    const { principal, claim } = context.var
    const { permissions: asked, ttlSeconds, resources: bounds } = context.req.valid('json')
    if (ttlSeconds > limits.tokenSecondsMax) {
      const problem = `at most ${limits.tokenSecondsMax} seconds are allowed`
      throw new AppError('OPTION_INVALID', { option: 'ttlSeconds', value: ttlSeconds, problem })
    }
    const permissions = intersectPermissions(principal.permissions, asked) ?? []
    if (permissions.length === 0) throw new AppError('FORBIDDEN', { permission: asked.join(', ') })
    const resources = bounds && checked(bounds)
    const minted = await authority.mint(principal, { permissions, ttlSeconds, resources })
    const { credentialId: target } = minted
    report(deps, principal, { action: 'token.mint', target, details: { permissions, ttlSeconds }, claim })
    const { token, expiresAt } = minted
    context.header('cache-control', 'no-store')
    const narrowed = minted.resources && { resources: minted.resources as unknown as Record<string, JSONValue> }
    return context.json(
      { token, credentialId: minted.credentialId, permissions: [...permissions], expiresAt, ...narrowed },
      201,
    )
  })
}

/** Throws BOUNDARY_INVALID, also for regexes that could not be compiled when the token is used. */
const checked = (bounds: object): Boundary => {
  const boundary = parseBoundary(bounds)
  compileBoundary(boundary, compileBoundaryRegex)
  return boundary
}
