/** Proves that no credential makes or takes over one that may do more, and that tokens are shown once and stored never. */
import { type Permission } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { revokeTree } from '../credential/revoke.ts'
import { type Ask, type ApiFixture, NOW, openApiFixture, type Person } from './api.fixture.ts'

let fixture: ApiFixture
let owner: Person
beforeEach(async () => {
  fixture = await openApiFixture()
  owner = await fixture.person('owner')
})
afterEach(() => fixture.close())

const ISSUE = { name: 'ci', permissions: ['tunnels.create', 'tunnels.list'] }

const issue = (body: object = {}, ask: Ask = {}) =>
  fixture.ask('POST', '/tokens', { token: owner.token, ...ask, body: { projectId: 'demo', ...ISSUE, ...body } })
const delegate = (body: object = {}, ask: Ask = {}) =>
  fixture.ask('POST', '/delegated-tokens', {
    token: owner.token,
    ...ask,
    body: { projectId: 'demo', permissions: ['tunnels.list'], ttlSeconds: 60, ...body },
  })
const whoami = async (token: string) => (await fixture.ask('GET', '/whoami', { token })).body

describe('control api tokens: refusals', () => {
  it('refuses lives out of bounds, permissions that are none, and boundaries that cannot be read', async () => {
    verifies('token.delegated')
    const codes = []
    for (const asked of [
      delegate({ ttlSeconds: 0 }),
      delegate({ ttlSeconds: 3601 }),
      delegate({ permissions: [] }),
      delegate({ permissions: ['root'] }),
      delegate({ resources: { tunnels: { destroy: true } } }),
      issue({ ttlSeconds: 366 * 24 * 3600 }),
      issue({ permissions: ['tokens.manage'] }),
      issue({ resources: { tunnels: { connect: { name: { regex: '(' } } } } }),
      issue({ name: ' ' }),
    ]) {
      codes.push((await asked).body.code)
    }
    expect(codes).toEqual([
      'REQUEST_INVALID',
      'OPTION_INVALID',
      'REQUEST_INVALID',
      'REQUEST_INVALID',
      'BOUNDARY_INVALID',
      'OPTION_INVALID',
      'OPTION_INVALID',
      'BOUNDARY_INVALID',
      'REQUEST_INVALID',
    ])
  })

  it('keeps to the longest life that the project allows', async () => {
    verifies('project.settings')
    const settings = `/projects/${fixture.project.id}/settings`
    await fixture.ask('PATCH', settings, { token: owner.token, body: { maxTokenSeconds: 30 } })
    const refused = await delegate()
    expect([refused.status, refused.body.code, refused.body.next]).toEqual([
      403,
      'TOKEN_LIFE_REFUSED',
      'Ask for a shorter life, or ask an admin of the workspace to change maxTokenSeconds.',
    ])
    expect((await issue({ ttlSeconds: 31 })).body.code).toBe('TOKEN_LIFE_REFUSED')
    expect((await delegate({ ttlSeconds: 30 })).status).toBe(201)
    const { credential } = (await issue()).body
    expect(credential.expiresAt - credential.createdAt, 'when its maker names none').toBe(30)
  })

  it('gives nothing that its maker does not hold, by grant or by role', async () => {
    verifies('token.resources', 'token.monotone')
    const few = await fixture.person('owner', { permissions: ['tokens.manage', 'tokens.create', 'tunnels.list'] })
    const ask = { token: few.token }
    expect((await issue({}, ask)).body.credential.permissions).toEqual(['tunnels.list'])
    expect((await issue({ permissions: ['tunnels.cut'] }, ask)).body.code).toBe('FORBIDDEN')
    expect((await delegate({ permissions: ['tunnels.cut'] }, ask)).body.code).toBe('FORBIDDEN')
    const member = await fixture.person('member')
    const permissions = ['tunnels.list', 'audit.read', 'tokens.manage']
    expect((await delegate({ permissions }, { token: member.token })).body.credential.permissions).toEqual([
      'tunnels.list',
    ])
  })

  it('hands nobody the token of a credential that may do more', async () => {
    verifies('token.project')
    const strong = await fixture.credential()
    const few = await fixture.person('owner', { permissions: ['tokens.manage', 'tunnels.list'] })
    const refused = await fixture.ask('POST', `/tokens/${strong.id}/rotate`, { token: few.token })
    expect([refused.status, refused.body.code]).toEqual([403, 'FORBIDDEN'])
    const login = await fixture.ask('POST', `/tokens/${owner.credentialId}/rotate`, { token: owner.token })
    expect([login.status, login.body.code]).toEqual([404, 'NOT_FOUND'])
  })

  it('hands nobody with a boundary the token of a credential with another, or with none', async () => {
    verifies('token.project', 'token.resources')
    const bounds = { tunnels: { list: { name: 'web' } } }
    const keeper = await fixture.credential({ permissions: ['tokens.manage', 'tunnels.list', 'tunnels.create'] })
    await fixture.db
      .updateTable('credentials')
      .set({ resources: JSON.stringify(bounds) })
      .where('id', '=', keeper.id)
      .execute()
    const rotate = async (resources: object | undefined) => {
      const { body } = await issue(resources && { resources })
      return (await fixture.ask('POST', `/tokens/${body.credential.id}/rotate`, { token: keeper.token })).body.code
    }
    expect(await rotate(undefined)).toBe('OUT_OF_BOUNDS')
    expect(await rotate({ tunnels: { list: { name: 'db' } } })).toBe('OUT_OF_BOUNDS')
    expect(await rotate(bounds)).toBe(undefined)
  })

  it('makes nothing for a login that has ended since it was let in', async () => {
    verifies('token.delegated')
    await revokeTree(fixture.db, owner.credentialId, NOW)
    expect((await delegate()).body.code).toBe('UNAUTHENTICATED')
  })
})

describe('control api tokens', () => {
  it('makes a long-lived credential that works in its project only, and is told once', async () => {
    verifies('token.project', 'token.storage')
    const { body, headers } = await issue({}, { headers: { 'idempotency-key': 'k' } })
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body.credential).toMatchObject({
      kind: 'project',
      name: 'ci',
      permissions: ['tunnels.list', 'tunnels.create'],
    })
    expect(body.credential.expiresAt - body.credential.createdAt).toBe(90 * 24 * 3600)
    expect(await whoami(body.token)).toMatchObject({ kind: 'project', project: { endpoint: 'demo' } })
    const again = await issue({}, { headers: { 'idempotency-key': 'k' } })
    expect([again.status, again.body]).toEqual([201, { credential: body.credential }])
    const secret = String(body.token).split('_')[2] as string
    const kept = await fixture.db.selectFrom('idempotency').selectAll().execute()
    const audit = await fixture.db.selectFrom('audit').selectAll().execute()
    expect(JSON.stringify([kept, audit])).not.toContain(secret)
  })

  it('makes a short-lived one that ends with the credential of its maker', async () => {
    verifies('token.delegated')
    const own = await fixture.credential()
    const { body } = await delegate({}, { token: own.token })
    expect(body.credential).toMatchObject({ kind: 'delegated', parentId: own.id })
    await fixture.ask('DELETE', `/tokens/${own.id}`, { token: owner.token })
    expect(new Set(fixture.revoked)).toEqual(new Set([own.id, body.credential.id]))
    expect((await fixture.ask('GET', '/whoami', { token: body.token })).status).toBe(401)
  })

  it("makes long-lived ones of a project's own credential that end with it, and no later", async () => {
    const own = await fixture.credential({ expiresAt: 1_760_000_100 })
    const { body } = await issue({}, { token: own.token })
    expect(body.credential).toMatchObject({ parentId: own.id, expiresAt: 1_760_000_100 })
  })

  it('narrows boundaries to those of the maker', async () => {
    verifies('token.resources')
    const { body } = await issue({ resources: { tunnels: { create: { name: 'web' } } } })
    expect(body.credential.resources).toEqual({ tunnels: { create: { name: 'web' } } })
    const child = await fixture.ask('POST', '/tokens', { token: body.token, body: { projectId: 'demo', ...ISSUE } })
    expect(child.body.code).toBe('FORBIDDEN')
  })

  it('rotates: the token before proves nothing, and what it had open is told to end', async () => {
    verifies('token.project')
    const { body } = await issue()
    const rotated = await fixture.ask('POST', `/tokens/${body.credential.id}/rotate`, { token: owner.token })
    expect((await fixture.ask('GET', '/whoami', { token: body.token })).status).toBe(401)
    expect((await whoami(rotated.body.token)).credentialId).toBe(body.credential.id)
    expect(fixture.revoked).toEqual([body.credential.id])
  })

  it('tells when each was last used: every use moves it, and what proves nothing does not', async () => {
    verifies('token.project')
    const [one, other] = [await issue(), await issue({ name: 'other' })]
    const used = async () => {
      const { body } = await fixture.ask('GET', '/tokens?projectId=demo', { token: owner.token })
      const times = new Map(body.credentials.map((at: { id: string; lastUsedAt?: number }) => [at.id, at.lastUsedAt]))
      return [times.get(one.body.credential.id), times.get(other.body.credential.id)]
    }
    expect(await used()).toEqual([undefined, undefined])
    fixture.clock.ms += 10_000
    await whoami(one.body.token)
    expect(await used()).toEqual([NOW + 10, undefined])
    fixture.clock.ms += 10_000
    await whoami(`${String(one.body.token).slice(0, -1)}!`)
    await whoami(`${String(one.body.token).slice(0, -4)}AAAA`)
    expect(await used()).toEqual([NOW + 10, undefined])
    const rotated = await fixture.ask('POST', `/tokens/${one.body.credential.id}/rotate`, { token: owner.token })
    await whoami(one.body.token)
    expect((await used())[0], 'the token before').toBe(NOW + 10)
    await whoami(rotated.body.token)
    await whoami(other.body.token)
    expect(await used()).toEqual([NOW + 20, NOW + 20])
  })

  it('rotates once for a key, for whoever holds no less, and never what has ended', async () => {
    verifies('token.project')
    const { body } = await issue()
    const rotate = (token: string, headers = {}) =>
      fixture.ask('POST', `/tokens/${body.credential.id}/rotate`, { token, headers })
    const once = { 'idempotency-key': 'rotate-1' }
    const first = await rotate(owner.token, once)
    const again = await rotate(owner.token, once)
    expect([again.status, again.body]).toEqual([200, { credential: first.body.credential }])
    expect((await whoami(first.body.token)).credentialId).toBe(body.credential.id)
    expect(first.body.credential).toEqual(body.credential)
    const member = await fixture.person('member')
    expect((await rotate(member.token)).body.code).toBe('FORBIDDEN')
    await fixture.ask('DELETE', `/tokens/${body.credential.id}`, { token: owner.token })
    expect((await rotate(owner.token)).body.code).toBe('NOT_FOUND')
    expect((await fixture.ask('GET', '/whoami', { token: first.body.token })).status).toBe(401)
  })

  it('lists what is good, in pages, without tokens', async () => {
    const permissions: Permission[] = ['projects.read']
    await fixture.credential({ permissions, expiresAt: 1_760_000_010 })
    const { id } = await fixture.credential({ permissions })
    fixture.clock.ms += 20_000
    const { body } = await fixture.ask('GET', '/tokens?projectId=demo&limit=1', { token: owner.token })
    expect(body).toEqual({
      credentials: [{ id, kind: 'owner', projectId: fixture.project.id, permissions, createdAt: 1_760_000_000 }],
    })
  })
})
