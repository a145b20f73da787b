/** Runs the conformance suite on both databases; the half of PostgreSQL where it is installed. */
import { silentLog } from '@towline/base'
import { LIMITS } from '@towline/protocol'
import { openPostgres, postgresPrograms, type PostgresServer } from '@towline/testkit/postgres'
import { afterAll, beforeAll, describe } from 'vitest'
import { tempDir } from '../control.fixture.ts'
import { storeConformance } from './conformance/conformance.fixture.ts'
import { migrationConformance } from './conformance/migrations.fixture.ts'
import { openStore } from './open-store.ts'

const parts = { log: silentLog(), limits: LIMITS }

describe('embedded', () => {
  const temp = tempDir()
  afterAll(() => temp.remove())
  storeConformance('sqlite', () => openStore({ dir: temp.dir, ...parts }))

  const old = tempDir()
  afterAll(() => old.remove())
  migrationConformance('sqlite', () => openStore({ dir: old.dir, ...parts }))
})

// test/system runs it too, and fails where PostgreSQL is not installed.
describe.skipIf(!postgresPrograms())('PostgreSQL', () => {
  let server: PostgresServer | undefined
  beforeAll(async () => {
    server = await openPostgres()
  }, 120_000)
  afterAll(() => server?.stop())
  storeConformance('postgres', async () => openStore({ url: await (server as PostgresServer).schema(), ...parts }))
})
