/** Proves that no acknowledged row is lost to kill -9: of the server, on both databases, and of PostgreSQL under it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { silentLog } from '@towline/base'
import { LIMITS } from '@towline/protocol'
import { tempFolder, within } from '@towline/testkit'
import { openPostgres } from '@towline/testkit/postgres'
import { describe, expect, it } from 'vitest'
import { openStore, type Store, type StoreOptions } from '../../packages/control/src/store/open-store.ts'
import { controlProgram } from './control-program.ts'

/**
 * Makes projects as fast as it can, each with a credential, an audit record and an idempotency key in one transaction,
 * and prints the number of each that was acknowledged. A store that is away is asked again until it is back.
 */
const WRITER = `
  import { setTimeout } from 'node:timers/promises'
  import { silentLog } from '@towline/base'
  import { AppError, LIMITS } from '@towline/protocol'
  import { addAudit } from './audit/audit-store.ts'
  import { addCredential } from './credential/credential-store.ts'
  import { once } from './idempotency/idempotency-store.ts'
  import { addProject } from './project/project-store.ts'
  import { openStore } from './store/open-store.ts'
  const [where, first] = [JSON.parse(process.argv[2]), Number(process.argv[3])]
  const { db } = await openStore({ ...where, log: silentLog(), limits: LIMITS })
  const make = (n) => once(db, { principal: 'usr_1', op: 'create', key: String(n), body: { n }, now: n }, async (step) => {
    const { id } = await addProject(step, { workspaceId: 'wsp_first', slug: 'p' + n, now: n })
    const one = { id: 'crd_' + n, projectId: id, secretHash: Buffer.alloc(32), permissions: [], parentId: null, rootId: 'crd_' + n }
    await addCredential(step, { ...one, createdAt: n, expiresAt: null })
    await addAudit(step, { at: n, action: 'project.create', decision: 'allowed', projectId: id }, { ms: n, limits: LIMITS })
    return id
  })
  const isAway = (error) => error instanceof AppError && error.code === 'AUTHORITY_UNAVAILABLE'
  for (let n = first; ;) {
    try {
      const { response } = await make(n)
      process.stdout.write(n + ' ' + response + '\\n')
      n++
    } catch (error) {
      if (!isAway(error)) throw error
      process.stdout.write('away\\n')
      await setTimeout(20)
    }
  }
`
const program = controlProgram('store-kill', WRITER)

/** A writer and what it acknowledged: number and id of each project. */
interface Writer {
  readonly child: ChildProcess
  readonly acknowledged: Map<number, string>
  /** Resolves when so many more were acknowledged. Rejects when the process ends by itself. */
  more(count: number): Promise<void>
  /** Resolves when it has seen the store away. */
  away(): Promise<void>
  kill(): Promise<void>
}

const startWriter = (where: object, first: number): Writer => {
  const argv = [program, JSON.stringify(where), String(first)]
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const acknowledged = new Map<number, string>()
  const waiting = new Set<(line: string) => boolean>()
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (line) => {
    const [n, id] = line.split(' ')
    if (id !== undefined) acknowledged.set(Number(n), id)
    for (const look of waiting) if (look(line)) waiting.delete(look)
  })
  const ended = new Promise<never>((_, reject) => {
    child.once('exit', (status, signal) => {
      if (signal !== 'SIGKILL') reject(new Error(`the writer ended with ${status}\n${errors}`))
    })
  })
  ended.catch(() => {})
  const until = (what: string, look: (line: string) => boolean): Promise<void> => {
    const seen = new Promise<void>((resolve) => waiting.add((line) => look(line) && (resolve(), true)))
    return within(what, Promise.race([seen, ended]), 60_000)
  }
  const closed = Promise.all([once(child, 'exit'), once(reader, 'close')])
  return {
    child,
    acknowledged,
    more: (count) => {
      let left = count
      return until(`${count} more rows`, (line) => line !== 'away' && --left <= 0)
    },
    away: () => until('that the store is away', (line) => line === 'away'),
    kill: async () => {
      child.kill('SIGKILL')
      await closed
    },
  }
}

/** Which of the acknowledged are not there with all their parts, and which parts are there without the rest. */
const flaws = async (store: Store, acknowledged: ReadonlyMap<number, string>): Promise<object> => {
  const column = async (table: 'projects' | 'credentials' | 'audit' | 'idempotency', name: string) => {
    const rows = await store.db.selectFrom(table).select(store.db.dynamic.ref(name)).execute()
    return rows.map((row) => (row as Record<string, string>)[name] as string)
  }
  const projects = new Set(await column('projects', 'id'))
  const rest = await Promise.all([
    column('credentials', 'project_id'),
    column('audit', 'project_id'),
    column('idempotency', 'response').then((all) => all.map((text) => JSON.parse(text) as string)),
  ])
  return {
    lost: [...acknowledged].filter(([, id]) => !projects.has(id)),
    torn: rest.flatMap((ids) => [
      ...ids.filter((id) => !projects.has(id)),
      ...[...projects].filter((id) => !new Set(ids).has(id)),
    ]),
  }
}

const WHOLE = { lost: [], torn: [] }

describe('store after kill -9', () => {
  const parts = { log: silentLog(), limits: LIMITS }
  const check = async (options: StoreOptions, acknowledged: ReadonlyMap<number, string>) => {
    const store = await openStore(options)
    const found = await flaws(store, acknowledged)
    await store.close()
    return found
  }

  it('embedded: keeps every acknowledged row through 30 kills, and leaves none half written', async () => {
    const temp = tempFolder('store')
    const all = new Map<number, string>()
    for (let round = 1; round <= 30; round++) {
      const writer = startWriter({ dir: temp.path }, round * 100_000)
      await writer.more(1 + ((round * 7) % 23))
      await writer.kill()
      for (const [n, id] of writer.acknowledged) all.set(n, id)
      expect(await check({ dir: temp.path, ...parts }, all), `round ${round}`).toEqual(WHOLE)
    }
    expect(all.size).toBeGreaterThanOrEqual(30)
    temp.remove()
  }, 300_000)

  it('PostgreSQL: keeps every acknowledged row through 30 kills of the server, each third with its database', async () => {
    const database = await openPostgres()
    const url = await database.schema()
    const all = new Map<number, string>()
    for (let round = 1; round <= 30; round++) {
      const writer = startWriter({ url }, round * 100_000)
      await writer.more(1 + ((round * 7) % 23))
      if (round % 3 === 0) {
        const away = writer.away()
        await database.crash()
        await away
        await database.start()
        await writer.more(1 + (round % 5))
      }
      await writer.kill()
      for (const [n, id] of writer.acknowledged) all.set(n, id)
      expect(await check({ url, ...parts }, all), `round ${round}`).toEqual(WHOLE)
    }
    expect(all.size).toBeGreaterThanOrEqual(30)
    await database.stop()
  }, 300_000)
})
