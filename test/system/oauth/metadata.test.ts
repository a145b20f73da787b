/** Proves the documents by which clients find their way: byte for byte the issuer, the resources and the keys. */
import { openSystem, type System, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { becomeOwner, logIn } from './login.ts'

describe('oauth metadata', () => {
  let system: System
  beforeAll(async () => {
    system = await openSystem()
  })
  afterAll(() => system?.close())

  const read = async (path: string, at = system.site.publicUrl, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${at}${path}`, { headers })
    expect(answer.status, path).toBe(200)
    return { headers: answer.headers, body: (await answer.json()) as Readonly<Record<string, unknown>> }
  }

  it('tells the same issuer byte for byte, by whatever name the server was asked', async () => {
    verifies('oauth.metadata')
    const issuer = system.site.publicUrl
    expect(issuer).toBe(`http://localhost:${system.port}`)
    for (const at of [issuer, `http://127.0.0.1:${system.port}`]) {
      const { body, headers } = await read('/.well-known/oauth-authorization-server', at)
      expect(headers.get('content-type')).toMatch(/^application\/json/)
      expect(body).toMatchObject({
        issuer,
        authorization_endpoint: `${issuer}/oauth/authorize`,
        token_endpoint: `${issuer}/oauth/token`,
        device_authorization_endpoint: `${issuer}/oauth/device`,
        revocation_endpoint: `${issuer}/oauth/revoke`,
        registration_endpoint: `${issuer}/oauth/register`,
        jwks_uri: `${issuer}/oauth/jwks`,
        response_types_supported: ['code'],
        code_challenge_methods_supported: ['S256'],
        token_endpoint_auth_methods_supported: ['none'],
        revocation_endpoint_auth_methods_supported: ['none'],
        authorization_response_iss_parameter_supported: true,
      })
      expect(body['client_id_metadata_document_supported']).toBeUndefined()
      expect(body['grant_types_supported']).toEqual(
        expect.arrayContaining([
          'authorization_code',
          'refresh_token',
          'urn:ietf:params:oauth:grant-type:device_code',
          'urn:ietf:params:oauth:grant-type:token-exchange',
        ]),
      )
      expect(body['scopes_supported']).toEqual(expect.arrayContaining(['tunnels.list', 'mcp', 'offline_access']))
    }
  })

  it("takes nobody's word for its own name", async () => {
    verifies('oauth.metadata')
    const path = '/.well-known/oauth-authorization-server'
    const { body } = await read(path)
    for (const headers of [
      ...[{ 'x-forwarded-host': 'elsewhere.test' }, { 'x-forwarded-proto': 'https' }, { 'x-forwarded-port': '1' }],
      ...[{ forwarded: 'host=elsewhere.test;proto=https' }, { 'x-forwarded-prefix': '/x' }, { 'x-original-url': '/x' }],
    ] as Record<string, string>[]) {
      expect((await read(path, system.site.publicUrl, headers)).body, JSON.stringify(headers)).toEqual(body)
    }
  })

  it.each(['', '/api', '/api/engine', '/api/mcp'])('describes the resource "%s" at its own address', async (path) => {
    verifies('oauth.metadata')
    const issuer = system.site.publicUrl
    const { body, headers } = await read(`/.well-known/oauth-protected-resource${path}`)
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(body).toMatchObject({
      resource: `${issuer}${path}`,
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
    })
    expect(body['scopes_supported']).not.toContain('offline_access')
  })

  it('publishes keys without their private half, and puts a new one beside the old in time', async () => {
    verifies('oauth.metadata')
    const { body } = await read('/oauth/jwks')
    const keys = body['keys'] as Readonly<Record<string, string>>[]
    expect(keys).toHaveLength(1)
    expect(keys[0]).toMatchObject({ kty: 'EC', crv: 'P-256', use: 'sig', alg: 'ES256' })
    expect(Object.keys(keys[0] ?? {}).filter((key) => ['d', 'p', 'q', 'k'].includes(key))).toEqual([])
  })

  it('lets any page read answers of the endpoints that need no cookie', async () => {
    for (const path of ['/oauth/token', '/oauth/device', '/oauth/revoke']) {
      const asked = {
        method: 'OPTIONS',
        headers: { origin: 'https://any.test', 'access-control-request-method': 'POST' },
      }
      const answer = await fetch(`${system.site.publicUrl}${path}`, asked)
      expect([answer.status, answer.headers.get('access-control-allow-origin')], path).toEqual([
        204,
        'https://any.test',
      ])
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
    }
  })

  it('stores no token, code or cookie that would open anything', async () => {
    verifies('token.storage')
    const ada = await becomeOwner(system)
    const { tokens } = await logIn(system, ada)
    const secrets = [
      tokens.access_token,
      tokens.refresh_token as string,
      ...ada.cookie(system.site.publicUrl).split(/; |=|\./),
    ]
    const stored = await system.everythingStored()
    for (const secret of secrets.filter(({ length }) => length > 20)) expect(stored).not.toContain(secret)
    expect(system.log.join('')).not.toContain(tokens.access_token)
  })
})
