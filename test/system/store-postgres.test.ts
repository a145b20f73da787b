/** Proves the store on PostgreSQL: the suite of all stores, who is refused, and that it outlives a server that goes away. */
import { createLog, silentLog } from '@towline/base'
import { AppError, LIMITS, type Limits } from '@towline/protocol'
import { eventually, openRelay, tempFolder, verifies, within } from '@towline/testkit'
import { openPostgres, type PostgresServer } from '@towline/testkit/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { refusal } from '../../packages/control/src/control.fixture.ts'
import { type Control, openControl } from '../../packages/control/src/control.ts'
import { storeConformance } from '../../packages/control/src/store/conformance/conformance.fixture.ts'
import { migrationConformance } from '../../packages/control/src/store/conformance/migrations.fixture.ts'
import { MIGRATIONS } from '../../packages/control/src/store/migrate.ts'
import { openStore, type Store } from '../../packages/control/src/store/open-store.ts'
import { addUser, countUsers } from '../../packages/control/src/user/user-store.ts'

const QUICK: Limits = { ...LIMITS, storeLockMs: 50, storeAnswerMs: 2_000 }

let server: PostgresServer
beforeAll(async () => {
  server = await openPostgres()
})
afterAll(() => server?.stop())

const open = (url: string, limits: Limits = QUICK): Promise<Store> => openStore({ url, log: silentLog(), limits })

/** How a database is named to people. */
const shown = (url: string): string => `postgres://${new URL(url).host}/postgres`

storeConformance('postgres', async () => openStore({ url: await server.schema(), log: silentLog(), limits: LIMITS }))

let old: string | undefined
migrationConformance('postgres', async () => open((old ??= await server.schema())))

describe('store on postgres: who is refused', () => {
  it('refuses a server that is not there, a database, a password and tables that are not its own', async () => {
    const url = await server.schema()
    const nobody = await refusal(open('postgres://me:secret@127.0.0.1:1/x'))
    expect(nobody).toMatchObject({ code: 'DATABASE_UNREACHABLE', database: 'postgres://127.0.0.1:1/x' })
    expect(JSON.stringify(nobody)).not.toContain('secret')
    const missing = await refusal(open(url.replace('/postgres?', '/missing?')))
    expect(missing).toMatchObject({ code: 'DATABASE_UNREACHABLE', problem: 'database "missing" does not exist' })
    await server.sql(`create table ${schemaOf(url)}.users (id text)`)
    expect(await refusal(open(url))).toEqual({
      code: 'DATA_BROKEN',
      dir: shown(url),
      problem: 'relation "users" already exists',
    })
  })

  it('refuses data of a newer version and of none, says how to upgrade, and changes nothing', async () => {
    const url = await server.schema()
    await (await open(url)).close()
    const version = (text: string) => server.sql(`update ${schemaOf(url)}.schema_version set version = ${text}`)
    await version('1000')
    const newer = { code: 'DATA_NEWER', dir: shown(url), found: 1000, known: MIGRATIONS.length }
    expect(await refusal(open(url))).toEqual(newer)
    expect(await refusal(open(url)), 'a refusal must give the lock back').toEqual(newer)
    expect(new AppError('DATA_NEWER', newer).next).toContain('Upgrade')
    await version('-1')
    expect(await refusal(open(url))).toMatchObject({ code: 'DATA_BROKEN', problem: 'its schema version is -1' })
    await version(String(MIGRATIONS.length))
    await (await open(url)).close()
  })

  it('refuses a second server on the database, with who holds it, until the first has closed', async () => {
    const url = await server.schema()
    const [one, other] = [await open(url), await open(await server.schema())]
    const taken = { code: 'ALREADY_RUNNING', dir: shown(url), pid: `${process.pid} at 127.0.0.1` }
    expect(await refusal(open(url))).toEqual(taken)
    await addUser(one.db, { email: 'a@b.c', name: 'A', now: 1 })
    await one.close()
    await one.close()
    const second = await open(url)
    expect(await countUsers(second.db)).toBe(1)
    await Promise.all([second.close(), other.close()])
  })
})

describe('store on postgres: a server that goes away', () => {
  let control: Control
  let token: string
  const folder = tempFolder('data')
  const lines: string[] = []
  const verify = () => refusal(control.authority.verify(token))

  beforeAll(async () => {
    const log = createLog({ level: 'debug', stream: { write: (line) => lines.push(line) } })
    const database = (await server.schema()).replace('towline@', 'towline:secret-word@')
    control = await openControl({ dir: folder.path, database, log, limits: QUICK })
    token = (await control.createOwnerCredential((await control.ensureProject('dev')).id)).token
  })
  afterAll(async () => {
    await control.close()
    folder.remove()
  })

  it.each(['crash', 'shutDown'] as const)(
    'answers AUTHORITY_UNAVAILABLE from its %s on, and again what it knew when it is back',
    async (how) => {
      expect(await verify()).toBe('nothing was refused')
      const asked = Array.from({ length: 20 }, verify)
      await server[how]()
      const answers = new Set((await within('an answer to all', Promise.all(asked))).map((one) => JSON.stringify(one)))
      answers.delete(JSON.stringify('nothing was refused'))
      expect([...answers].filter((one) => !one.includes('AUTHORITY_UNAVAILABLE'))).toEqual([])
      expect(await Promise.all([verify(), verify()])).toEqual([
        { code: 'AUTHORITY_UNAVAILABLE' },
        { code: 'AUTHORITY_UNAVAILABLE' },
      ])
      control.authority.report({ at: 1, action: `during.${how}`, decision: 'allowed' })
      await server.start()
      expect(await verify()).toBe('nothing was refused')
      expect((await control.audit({ limit: 1 })).map(({ action }) => action)).toEqual([`during.${how}`])
    },
  )

  it('goes on when its connections are ended one by one, in the middle of a transaction too', async () => {
    const ended =
      "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name like 'towline %'"
    for (let round = 0; round < 5; round++) {
      const asked = Array.from({ length: 8 }, (_, n) => refusal(control.ensureProject(`p${round}-${n}`)))
      await server.sql(ended)
      const answers = (await Promise.all(asked)).filter((one) => one !== 'nothing was refused')
      expect(answers.filter((one) => (one as { code?: string }).code !== 'AUTHORITY_UNAVAILABLE')).toEqual([])
    }
    expect(await verify()).toBe('nothing was refused')
  })

  it('answers AUTHORITY_UNAVAILABLE instead of waiting for ever, and is not met by the late answer', async () => {
    const url = await server.schema()
    const store = await open(url, { ...QUICK, storeAnswerMs: 200, storeConnections: 1 })
    const held = server.sql(`begin; lock table ${schemaOf(url)}.users; select pg_sleep(600)`).catch(() => 'ended')
    const sleeper = "from pg_stat_activity where query like '%pg_sleep(600)%' and pid <> pg_backend_pid()"
    await eventually('the lock', async () =>
      (await server.sql(`select count(*) ${sleeper} and wait_event = 'PgSleep'`)) === '1' ? true : undefined,
    )
    expect(await refusal(countUsers(store.db))).toEqual({ code: 'AUTHORITY_UNAVAILABLE' })
    await server.sql(`select pg_terminate_backend(pid) ${sleeper}`)
    expect(await held).toBe('ended')
    await addUser(store.db, { email: 'a@b.c', name: 'A', now: 1 })
    expect(await countUsers(store.db)).toBe(1)
    await store.close()
  })

  it('comes back by new connections when those it had fell silent, and closes while they are silent', async () => {
    const url = await server.schema()
    await using relay = await openRelay(Number(new URL(url).port))
    const far = url.replace(/:\d+\//, `:${relay.port}/`)
    const short = { ...QUICK, storeAnswerMs: 200, storeConnectMs: 200, storeLockMs: 1_000 }
    const store = await open(far, short)
    await addUser(store.db, { email: 'a@b.c', name: 'A', now: 1 })
    relay.fallSilent()
    expect(await refusal(countUsers(store.db))).toEqual({ code: 'AUTHORITY_UNAVAILABLE' })
    expect(await refusal(countUsers(store.db))).toEqual({ code: 'AUTHORITY_UNAVAILABLE' })
    relay.recover()
    const back = async () => ((await refusal(countUsers(store.db))) === 'nothing was refused' ? true : undefined)
    await eventually('the database', back)
    expect(await countUsers(store.db)).toBe(1)
    relay.fallSilent()
    await within('the close', store.close())
  })

  it('leaves the database to another server that took it over', async () => {
    const url = await server.schema()
    const log = silentLog()
    const loser = await openControl({ dir: folder.path, database: url, log, limits: QUICK })
    const { id } = await loser.ensureProject('dev')
    const owner = await loser.createOwnerCredential(id)
    const lock = `select count(pg_terminate_backend(l.pid)) from pg_locks l where l.locktype = 'advisory'
      and l.objid::bigint = (hashtext('${schemaOf(url)}')::bigint & 4294967295)`
    await server.sql(lock)
    const winner = await open(url)
    expect(await refusal(loser.authority.verify(owner.token))).toMatchObject({ code: 'AUTHORITY_UNAVAILABLE' })
    await winner.close()
    expect(await refusal(loser.authority.verify(owner.token))).toBe('nothing was refused')
    await loser.close()
  })

  it('tells no secret in its log', () => {
    verifies('token.storage')
    expect(lines.length).toBeGreaterThan(0)
    const secrets = [token.split('_')[2] as string, 'secret-word']
    expect(secrets.filter((secret) => lines.join('').includes(secret))).toEqual([])
  })
})

const schemaOf = (url: string): string => /search_path%3D(\w+)/.exec(url)?.[1] as string
