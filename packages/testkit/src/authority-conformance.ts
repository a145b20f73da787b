/** Owns what every implementation of the Authority seam must do, in one process or over HTTP: one suite for all. */
import { ALL_PERMISSIONS, AppError, type Authority, type Boundary, LIMITS, type Principal } from '@towline/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

/** An authority with one project and its owner, and the hands of its operator. */
export interface AuthorityFixture {
  readonly authority: Authority
  readonly project: { readonly id: string; readonly slug: string }
  /** Of the project, where there are workspaces. */
  readonly workspaceId?: string
  readonly owner: { readonly token: string; readonly credentialId: string }
  /** Makes another owner credential of the same project. */
  createOwner(): Promise<{ readonly token: string; readonly credentialId: string }>
  revoke(credentialId: string): Promise<unknown>
  /** Sets settings of the project; null takes one back. */
  set(settings: Readonly<Record<string, unknown>>): Promise<unknown>
  /** Another project keeps a name for itself; answers its giving it up. */
  keepElsewhere(name: string): Promise<{ readonly projectId: string; release(): Promise<unknown> }>
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

/** The parts of one test. */
interface Stage {
  readonly fixture: AuthorityFixture
  readonly authority: Authority
  readonly owner: Principal
}

/** Declares the suite; `make` is called before each test. */
export const authorityConformance = (name: string, make: () => Promise<AuthorityFixture>): void => {
  describe(`authority conformance: ${name}`, () => {
    let stage: Stage | undefined
    beforeEach(async () => {
      const fixture = await make()
      const { authority } = fixture
      stage = { fixture, authority, owner: await authority.verify(fixture.owner.token) }
    })
    afterEach(() => stage?.fixture.close())
    const now = (): Stage => stage as Stage
    for (const declare of [verifying, meaning, revoking, settings, refusingToMint, minting, bounding]) declare(now)
  })
}

const workspaceOf = ({ fixture: { workspaceId } }: Stage): Pick<Principal, 'workspaceId'> =>
  workspaceId === undefined ? {} : { workspaceId }

/** A credential minted by the owner, and who it is. */
const principalOf = async ({ authority, owner }: Stage, permissions: Principal['permissions'], ttlSeconds: number) => {
  const minted = await authority.mint(owner, { permissions, ttlSeconds })
  return { minted, principal: await authority.verify(minted.token) }
}

/** Who is let in. */
const verifying = (now: () => Stage): void => {
  it('refuses unknown, malformed and altered tokens with the same words', async () => {
    const unknown = `tow_${'0'.repeat(22)}_${'0'.repeat(43)}`
    const altered = otherLast(now().fixture.owner.token)
    const tokens = [
      '',
      'tow',
      unknown,
      altered,
      `${now().fixture.owner.token} `,
      'x'.repeat(100_000),
      '\u0000',
      "' or 1=1 --",
    ]
    const answers = await Promise.allSettled(tokens.map((token) => now().authority.verify(token)))
    const told = answers.map((answer) => JSON.stringify(answer.status === 'rejected' ? answer.reason : 'taken'))
    expect(new Set(told)).toEqual(new Set([JSON.stringify(new AppError('UNAUTHENTICATED'))]))
  })

  it('refuses a token when its life is over, not before', async () => {
    const { minted } = await principalOf(now(), ['tunnels.list'], 60)
    now().fixture.advance(59)
    expect((await now().authority.verify(minted.token)).credentialId).toBe(minted.credentialId)
    now().fixture.advance(1)
    expect(await code(now().authority.verify(minted.token))).toBe('UNAUTHENTICATED')
  })

  it('knows an owner by its token, with all permissions and no end', () => {
    expect(now().owner).toEqual({
      credentialId: now().fixture.owner.credentialId,
      projectId: now().fixture.project.id,
      projectSlug: now().fixture.project.slug,
      permissions: ALL_PERMISSIONS,
      rootCredentialId: now().fixture.owner.credentialId,
      ...workspaceOf(now()),
    })
  })

  it('finds a project by its slug only', async () => {
    expect(await now().authority.project(now().fixture.project.slug)).toEqual(now().fixture.project)
    for (const slug of [
      '',
      'nobody',
      now().fixture.project.slug.toUpperCase(),
      `${now().fixture.project.slug} `,
      "' or 1=1 --",
    ]) {
      expect(await now().authority.project(slug)).toBeUndefined()
    }
  })

  it('takes reports without an answer', () => {
    expect(
      now().authority.report({ at: 1, action: 'stream.open', decision: 'refused', code: 'FORBIDDEN' }),
    ).toBeUndefined()
  })
}

/** Where a credential is good. */
const meaning = (now: () => Stage): void => {
  it('is as good as none for another project than its own', async () => {
    const { token } = now().fixture.owner
    const { id, slug } = now().fixture.project
    for (const project of [id, slug]) expect((await now().authority.verify(token, { project })).projectId).toBe(id)
    for (const project of ['other', 'prj_other', '', slug.toUpperCase()]) {
      expect(await code(now().authority.verify(token, { project }))).toBe('UNAUTHENTICATED')
    }
  })
}

/** What ends with a revocation, and who hears of it. */
const revoking = (now: () => Stage): void => {
  it('refuses a revoked token and all minted from it, and tells their ids', async () => {
    const told: string[] = []
    now().authority.onRevoked((id) => told.push(id))
    const child = await principalOf(now(), ALL_PERMISSIONS, 1000)
    const grandchild = await now().authority.mint(child.principal, { permissions: ['tunnels.list'], ttlSeconds: 100 })
    const other = await now().fixture.createOwner()
    await now().fixture.revoke(now().fixture.owner.credentialId)
    for (const token of [now().fixture.owner.token, child.minted.token, grandchild.token]) {
      expect(await code(now().authority.verify(token))).toBe('UNAUTHENTICATED')
    }
    expect((await now().authority.verify(other.token)).credentialId).toBe(other.credentialId)
    await expect
      .poll(() => [...told].sort())
      .toEqual([now().fixture.owner.credentialId, child.minted.credentialId, grandchild.credentialId].sort())
  })

  it('keeps the parent good when a child is revoked, and tells nothing twice', async () => {
    const told: string[] = []
    now().authority.onRevoked((id) => told.push(id))
    const { minted } = await principalOf(now(), ['tunnels.list'], 60)
    await now().fixture.revoke(minted.credentialId)
    await now().fixture.revoke(minted.credentialId)
    expect(await code(now().authority.verify(minted.token))).toBe('UNAUTHENTICATED')
    expect((await now().authority.verify(now().fixture.owner.token)).credentialId).toBe(now().owner.credentialId)
    await expect.poll(() => told).toEqual([minted.credentialId])
  })

  it('stops telling a listener that unsubscribed, and goes on when one throws', async () => {
    const told: string[] = []
    const stop = now().authority.onRevoked(() => told.push('stopped'))
    now().authority.onRevoked(() => {
      throw new Error('a listener that fails')
    })
    now().authority.onRevoked((id) => told.push(id))
    stop()
    stop()
    await now().fixture.revoke(now().fixture.owner.credentialId)
    await expect.poll(() => told).toEqual([now().fixture.owner.credentialId])
  })
}

/** What projects are set to. */
const settings = (now: () => Stage): void => {
  it('refuses to mint longer than the project allows, for the owner and for what was minted, whatever it lived before', async () => {
    const { authority, owner, fixture } = now()
    const old = await principalOf(now(), ['tunnels.list', 'tokens.create'], 1000)
    await fixture.set({ maxTokenSeconds: 60 })
    for (const parent of [owner, old.principal]) {
      const mint = (ttlSeconds: number) => code(authority.mint(parent, { permissions: ['tunnels.list'], ttlSeconds }))
      expect([await mint(61), await mint(LIMITS.tokenSecondsMax), await mint(60)]).toEqual([
        'TOKEN_LIFE_REFUSED',
        'TOKEN_LIFE_REFUSED',
        'nothing was refused',
      ])
    }
    expect((await authority.verify(old.minted.token)).credentialId, 'what was there stays').toBe(
      old.minted.credentialId,
    )
    await fixture.set({ maxTokenSeconds: null })
    expect(await code(authority.mint(owner, { permissions: ['tunnels.list'], ttlSeconds: 61 }))).toBe(
      'nothing was refused',
    )
  })

  it('tells what a project allows of tunnels as soon as it is set, and nothing when it allows all', async () => {
    const { authority, fixture } = now()
    const policy = () => authority.policy(fixture.project.id)
    expect(await policy()).toBeUndefined()
    await fixture.set({ publicAccess: 'forbidden', allowedNames: ['web-*'], maxTokenSeconds: 60 })
    expect(await policy()).toEqual({ publicAccess: 'forbidden', allowedNames: ['web-*'] })
    await fixture.set({ publicAccess: null, allowedNames: null })
    expect(await policy()).toBeUndefined()
    expect(await code(authority.policy('prj_none'))).toBe('UNAUTHENTICATED')
  })

  it('tells which project keeps a name, until it gives it up', async () => {
    const { authority, fixture } = now()
    expect(await authority.keeper('web')).toBeUndefined()
    const { projectId, release } = await fixture.keepElsewhere('web')
    expect([await authority.keeper('web'), await authority.keeper('we'), await authority.keeper('')]).toEqual([
      projectId,
      undefined,
      undefined,
    ])
    await release()
    expect(await authority.keeper('web')).toBeUndefined()
  })
}

/** Who may not mint, and what. */
const refusingToMint = (now: () => Stage): void => {
  it('refuses to mint for a parent that is revoked, expired or may not', async () => {
    const request = { permissions: ['tunnels.list'], ttlSeconds: 60 } as const
    const plain = await principalOf(now(), ['tunnels.list'], 600)
    expect(await code(now().authority.mint(plain.principal, request))).toBe('FORBIDDEN')
    const brief = await principalOf(now(), ['tokens.create', 'tunnels.list'], 30)
    now().fixture.advance(30)
    expect(await code(now().authority.mint(brief.principal, request))).toBe('UNAUTHENTICATED')
    await now().fixture.revoke(now().fixture.owner.credentialId)
    expect(await code(now().authority.mint(now().owner, request))).toBe('UNAUTHENTICATED')
    expect(await code(now().authority.mint({ ...now().owner, credentialId: 'crd_none' }, request))).toBe(
      'UNAUTHENTICATED',
    )
  })

  it('refuses lives that are not whole seconds within the bound, and asking for nothing or only what is not held', async () => {
    for (const ttlSeconds of [0, -1, 1.5, Number.NaN, LIMITS.tokenSecondsMax + 1]) {
      expect(await code(now().authority.mint(now().owner, { permissions: ['tunnels.list'], ttlSeconds }))).toBe(
        'OPTION_INVALID',
      )
    }
    expect(await code(now().authority.mint(now().owner, { permissions: [], ttlSeconds: 60 }))).toBe('OPTION_INVALID')
    const narrow = await principalOf(now(), ['tokens.create'], 600)
    const wish = { permissions: ['tunnels.cut'], ttlSeconds: 60 } as const
    expect(await code(now().authority.mint(narrow.principal, wish))).toBe('FORBIDDEN')
  })

  it('believes the store, not the principal it is handed', async () => {
    const narrow = await principalOf(now(), ['tokens.create', 'tunnels.list'], 600)
    const grown = { ...narrow.principal, permissions: ALL_PERMISSIONS, rootCredentialId: 'crd_other' }
    const minted = await now().authority.mint(grown, { permissions: ALL_PERMISSIONS, ttlSeconds: 60 })
    expect(await now().authority.verify(minted.token)).toMatchObject({
      permissions: ['tunnels.list', 'tokens.create'],
      rootCredentialId: now().owner.rootCredentialId,
    })
  })
}

/** What is minted. */
const minting = (now: () => Stage): void => {
  it('mints what is asked for and held, no longer than the parent lives, and keeps the root', async () => {
    const parent = await principalOf(now(), ['tunnels.list', 'tokens.create'], 100)
    now().fixture.advance(10)
    const wish = { permissions: ['tunnels.cut', 'tunnels.list'], ttlSeconds: 1000 } as const
    const minted = await now().authority.mint(parent.principal, wish)
    expect(minted.expiresAt).toBe(parent.minted.expiresAt)
    expect(await now().authority.verify(minted.token)).toEqual({
      credentialId: minted.credentialId,
      projectId: now().fixture.project.id,
      projectSlug: now().fixture.project.slug,
      permissions: ['tunnels.list'],
      expiresAt: parent.minted.expiresAt,
      rootCredentialId: now().fixture.owner.credentialId,
      ...workspaceOf(now()),
    })
  })
}

/** What credentials are for. */
const bounding = (now: () => Stage): void => {
  const list: Boundary = { tunnels: { list: { labels: { team: 'a' }, select: { id: true, name: true } } } }
  const connect: Boundary = { tunnels: { list: true, connect: { params: { path: { regex: '^/ws$' } } } } }
  const request = { permissions: ALL_PERMISSIONS, ttlSeconds: 600 } as const

  it('refuses boundaries that break the grammar, whoever asks', async () => {
    const broken = [
      {},
      { tunnels: { delete: true } },
      { tunnels: { list: { name: { regex: '(' } } } },
      { tunnels: { list: { name: { regex: '(?=a)' } } } },
      { AND: [] },
    ] as readonly object[] as readonly Boundary[]
    for (const resources of broken) {
      expect(await code(now().authority.mint(now().owner, { ...request, resources }))).toBe('BOUNDARY_INVALID')
    }
  })

  it('keeps the boundary of a minted credential, and hands it on to what is minted from that', async () => {
    const { authority, owner } = now()
    const minted = await authority.mint(owner, { ...request, resources: list })
    expect(minted.resources).toEqual(list)
    const principal = await authority.verify(minted.token)
    expect(principal.resources).toEqual(list)
    const child = await authority.mint(principal, request)
    expect((await authority.verify(child.token)).resources).toEqual(list)
  })

  it('narrows a boundary by that of the parent, as the store knows it', async () => {
    const { authority, owner } = now()
    const parent = await authority.verify((await authority.mint(owner, { ...request, resources: list })).token)
    const { resources: _, ...unbounded } = parent
    const child = await authority.mint(unbounded, { ...request, resources: connect })
    expect(child.resources).toEqual({ AND: [list, connect] })
    expect((await authority.verify(child.token)).resources).toEqual({ AND: [list, connect] })
  })

  it('refuses a boundary that is over a bound only together with the parent', async () => {
    const { authority, owner } = now()
    const wide = (id: string): Boundary => ({
      projects: Array.from({ length: 150 }, (_, n) => `prj_${id}${'x'.repeat(55)}${n}`),
    })
    const parent = await authority.verify((await authority.mint(owner, { ...request, resources: wide('a') })).token)
    expect(await code(authority.mint(parent, { ...request, resources: wide('b') }))).toBe('BOUNDARY_INVALID')
  })
}
