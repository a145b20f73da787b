/** Proves that a one-time link gives a person a way in or goes on working, wherever the server dies meanwhile. */
import { LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import type { Kysely, KyselyPlugin } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { type ControlFixture, controlFixture } from '../control.fixture.ts'
import { partsOf } from '../parts.ts'
import type { Tables } from '../store/schema.ts'
import { type Auth, openAuth } from './auth.ts'
import { addInvited } from './invite.ts'
import { settle } from './settle.ts'
import { newSetupToken, readSetupToken } from './setup-link.ts'

const ADA = { email: 'ada@example.test', name: 'Ada', password: 'correct horse battery' }
const NOW = 1_760_000_000

class Died extends Error {}

/** Hears `count` queries and no further one, not even to clean up: to the database, a server that was killed there. */
const dyingAfter = (count: number): KyselyPlugin => {
  let heard = 0
  return {
    transformQuery({ node }) {
      heard += 1
      if (heard > count) throw new Died()
      return node
    },
    transformResult: ({ result }) => Promise.resolve(result),
  }
}

describe('control accounts: a one-time link', () => {
  let fixture: ControlFixture | undefined
  afterEach(async () => {
    await fixture?.close()
    fixture = undefined
  })

  const open = async (): Promise<Kysely<Tables>> => {
    fixture = await controlFixture()
    return partsOf(fixture.control).db
  }

  const authOver = (db: Kysely<Tables>): Promise<Auth> =>
    openAuth({
      ...{ db, dialect: 'sqlite', publicUrl: 'http://localhost', secret: 'of the test, thirty-two characters' },
      ...{ limits: LIMITS, providers: [] },
    })

  /** Real, and made once: it is slow on purpose, and asks the database nothing. */
  let hash: Promise<string> | undefined

  const useLink = async (db: Kysely<Tables>, token: string, person = ADA): Promise<string> => {
    const auth = await authOver(db)
    const hashPassword = (password: string): Promise<string> => (hash ??= auth.hashPassword(password))
    return (await settle({ db, now: NOW, auth: { ...auth, hashPassword }, limits: LIMITS }, { token, ...person })).email
  }

  const mayEnter = async (db: Kysely<Tables>): Promise<boolean> =>
    (await (await authOver(db)).signIn(new Headers(), ADA)) !== undefined

  const isGood = (db: Kysely<Tables>, token: string): Promise<boolean> =>
    readSetupToken({ db, now: NOW }, token, LIMITS.setupLinkSeconds).then(
      () => true,
      () => false,
    )

  /** The link is used again after each death, until one life is long enough; answers how many it took. */
  const livesOf = async (db: Kysely<Tables>, token: string): Promise<number> => {
    for (let count = 0; ; count++) {
      const end = await useLink(db.withPlugin(dyingAfter(count)), token).catch((error: unknown) => error)
      const state = { link: await isGood(db, token), enters: await mayEnter(db) }
      const died = end instanceof Died
      expect([count, state]).toEqual([count, { link: died, enters: !died }])
      if (!died) return count
    }
  }

  it('makes an owner who can sign in, or goes on working, after whichever query the server dies', async () => {
    verifies('account.first-run')
    const db = await open()
    expect(await livesOf(db, await newSetupToken({ db, now: NOW }, {}))).toBeGreaterThan(5)
  })

  it('makes no second owner, whatever link there is', async () => {
    verifies('account.first-run')
    const db = await open()
    const link = await newSetupToken({ db, now: NOW }, {})
    await addInvited(db, { email: 'first@example.com', name: 'First', role: 'owner', workspaceId: 'wsp_first' }, NOW)
    await expect(useLink(db, link)).rejects.toMatchObject({ code: 'SETUP_LINK_INVALID' })
    expect(await mayEnter(db)).toBe(false)
  })

  it('gives an invited person a password, or goes on working, after whichever query the server dies', async () => {
    const db = await open()
    const userId = await addInvited(db, { ...ADA, role: 'member', workspaceId: 'wsp_first' }, NOW)
    expect(await livesOf(db, await newSetupToken({ db, now: NOW }, { userId }))).toBeGreaterThan(5)
  })

  it('gives a first password to a person who signed in by a provider before', async () => {
    const db = await open()
    const userId = await addInvited(db, { ...ADA, role: 'member', workspaceId: 'wsp_first' }, NOW)
    const at = new Date(NOW * 1000).toISOString()
    const row = { id: userId, email: ADA.email, name: ADA.name, emailVerified: 1, createdAt: at, updatedAt: at }
    await db
      .insertInto('auth_user' as never)
      .values(row as never)
      .execute()
    await useLink(db, await newSetupToken({ db, now: NOW }, { userId }))
    expect(await mayEnter(db)).toBe(true)
  })
})
