/** Owns what every implementation of the Authority seam must do, in one process or over HTTP: one suite for all. */
import { ALL_PERMISSIONS, AppError, type Authority, LIMITS, type Principal } from '@towline/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

/** An authority with one project and its owner, and the hands of its operator. */
export interface AuthorityFixture {
  readonly authority: Authority
  readonly project: { readonly id: string; readonly slug: string }
  readonly owner: { readonly token: string; readonly credentialId: string }
  /** Makes another owner credential of the same project. */
  createOwner(): Promise<{ readonly token: string; readonly credentialId: string }>
  revoke(credentialId: string): Promise<unknown>
  /** Moves the clock of the authority; it stands still otherwise. */
  advance(seconds: number): void
  close(): Promise<void>
}

const code = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
    return 'nothing was refused'
  } catch (error) {
    return error instanceof AppError ? error.code : String(error)
  }
}

const last = (text: string): string => text.slice(-1)
const otherLast = (token: string): string => `${token.slice(0, -1)}${last(token) === 'a' ? 'b' : 'a'}`

/** Declares the suite; `make` is called before each test. */
export const authorityConformance = (name: string, make: () => Promise<AuthorityFixture>): void => {
  describe(`authority conformance: ${name}`, () => {
    let fixture: AuthorityFixture
    let authority: Authority
    let owner: Principal
    beforeEach(async () => {
      fixture = await make()
      authority = fixture.authority
      owner = await authority.verify(fixture.owner.token)
    })
    afterEach(() => fixture.close())
    const principalOf = async (permissions: Principal['permissions'], ttlSeconds: number) => {
      const minted = await authority.mint(owner, { permissions, ttlSeconds })
      return { minted, principal: await authority.verify(minted.token) }
    }

    it('refuses unknown, malformed and altered tokens with the same words', async () => {
      const unknown = `tow_${'0'.repeat(22)}_${'0'.repeat(43)}`
      const altered = otherLast(fixture.owner.token)
      const tokens = [
        '',
        'tow',
        unknown,
        altered,
        `${fixture.owner.token} `,
        'x'.repeat(100_000),
        '\u0000',
        "' or 1=1 --",
      ]
      const answers = await Promise.allSettled(tokens.map((token) => authority.verify(token)))
      const told = answers.map((answer) => JSON.stringify(answer.status === 'rejected' ? answer.reason : 'taken'))
      expect(new Set(told)).toEqual(new Set([JSON.stringify(new AppError('UNAUTHENTICATED'))]))
    })

    it('refuses a token when its life is over, not before', async () => {
      const { minted } = await principalOf(['tunnels.list'], 60)
      fixture.advance(59)
      expect((await authority.verify(minted.token)).credentialId).toBe(minted.credentialId)
      fixture.advance(1)
      expect(await code(authority.verify(minted.token))).toBe('UNAUTHENTICATED')
    })

    it('refuses a revoked token and all minted from it, and tells their ids', async () => {
      const told: string[] = []
      authority.onRevoked((id) => told.push(id))
      const child = await principalOf(ALL_PERMISSIONS, 1000)
      const grandchild = await authority.mint(child.principal, { permissions: ['tunnels.list'], ttlSeconds: 100 })
      const other = await fixture.createOwner()
      await fixture.revoke(fixture.owner.credentialId)
      for (const token of [fixture.owner.token, child.minted.token, grandchild.token]) {
        expect(await code(authority.verify(token))).toBe('UNAUTHENTICATED')
      }
      expect((await authority.verify(other.token)).credentialId).toBe(other.credentialId)
      await expect
        .poll(() => [...told].sort())
        .toEqual([fixture.owner.credentialId, child.minted.credentialId, grandchild.credentialId].sort())
    })

    it('keeps the parent good when a child is revoked, and tells nothing twice', async () => {
      const told: string[] = []
      authority.onRevoked((id) => told.push(id))
      const { minted } = await principalOf(['tunnels.list'], 60)
      await fixture.revoke(minted.credentialId)
      await fixture.revoke(minted.credentialId)
      expect(await code(authority.verify(minted.token))).toBe('UNAUTHENTICATED')
      expect((await authority.verify(fixture.owner.token)).credentialId).toBe(owner.credentialId)
      await expect.poll(() => told).toEqual([minted.credentialId])
    })

    it('stops telling a listener that unsubscribed, and goes on when one throws', async () => {
      const told: string[] = []
      const stop = authority.onRevoked(() => told.push('stopped'))
      authority.onRevoked(() => {
        throw new Error('a listener that fails')
      })
      authority.onRevoked((id) => told.push(id))
      stop()
      stop()
      await fixture.revoke(fixture.owner.credentialId)
      await expect.poll(() => told).toEqual([fixture.owner.credentialId])
    })

    it('refuses to mint for a parent that is revoked, expired or may not', async () => {
      const request = { permissions: ['tunnels.list'], ttlSeconds: 60 } as const
      const plain = await principalOf(['tunnels.list'], 600)
      expect(await code(authority.mint(plain.principal, request))).toBe('FORBIDDEN')
      const brief = await principalOf(['tokens.create', 'tunnels.list'], 30)
      fixture.advance(30)
      expect(await code(authority.mint(brief.principal, request))).toBe('UNAUTHENTICATED')
      await fixture.revoke(fixture.owner.credentialId)
      expect(await code(authority.mint(owner, request))).toBe('UNAUTHENTICATED')
      expect(await code(authority.mint({ ...owner, credentialId: 'crd_none' }, request))).toBe('UNAUTHENTICATED')
    })

    it('believes the store, not the principal it is handed', async () => {
      const narrow = await principalOf(['tokens.create', 'tunnels.list'], 600)
      const grown = { ...narrow.principal, permissions: ALL_PERMISSIONS, rootCredentialId: 'crd_other' }
      const minted = await authority.mint(grown, { permissions: ALL_PERMISSIONS, ttlSeconds: 60 })
      expect(await authority.verify(minted.token)).toMatchObject({
        permissions: ['tunnels.list', 'tokens.create'],
        rootCredentialId: owner.rootCredentialId,
      })
    })

    it('refuses lives that are not whole seconds within the bound, and asking for nothing or only what is not held', async () => {
      for (const ttlSeconds of [0, -1, 1.5, Number.NaN, LIMITS.tokenSecondsMax + 1]) {
        expect(await code(authority.mint(owner, { permissions: ['tunnels.list'], ttlSeconds }))).toBe('OPTION_INVALID')
      }
      expect(await code(authority.mint(owner, { permissions: [], ttlSeconds: 60 }))).toBe('OPTION_INVALID')
      const narrow = await principalOf(['tokens.create'], 600)
      const wish = { permissions: ['tunnels.cut'], ttlSeconds: 60 } as const
      expect(await code(authority.mint(narrow.principal, wish))).toBe('FORBIDDEN')
    })

    it('mints what is asked for and held, no longer than the parent lives, and keeps the root', async () => {
      const parent = await principalOf(['tunnels.list', 'tokens.create'], 100)
      fixture.advance(10)
      const wish = { permissions: ['tunnels.cut', 'tunnels.list'], ttlSeconds: 1000 } as const
      const minted = await authority.mint(parent.principal, wish)
      expect(minted.expiresAt).toBe(parent.minted.expiresAt)
      expect(await authority.verify(minted.token)).toEqual({
        credentialId: minted.credentialId,
        projectId: fixture.project.id,
        projectSlug: fixture.project.slug,
        permissions: ['tunnels.list'],
        expiresAt: parent.minted.expiresAt,
        rootCredentialId: fixture.owner.credentialId,
      })
    })

    it('knows an owner by its token, with all permissions and no end', () => {
      expect(owner).toEqual({
        credentialId: fixture.owner.credentialId,
        projectId: fixture.project.id,
        projectSlug: fixture.project.slug,
        permissions: ALL_PERMISSIONS,
        rootCredentialId: fixture.owner.credentialId,
      })
    })

    it('finds a project by its slug only', async () => {
      expect(await authority.project(fixture.project.slug)).toEqual(fixture.project)
      for (const slug of [
        '',
        'nobody',
        fixture.project.slug.toUpperCase(),
        `${fixture.project.slug} `,
        "' or 1=1 --",
      ]) {
        expect(await authority.project(slug)).toBeUndefined()
      }
    })

    it('takes reports without an answer', () => {
      expect(authority.report({ at: 1, action: 'stream.open', decision: 'refused', code: 'FORBIDDEN' })).toBeUndefined()
    })
  })
}
