/** Runs the conformance suite on the embedded database; test/system runs it on PostgreSQL. */
import { silentLog } from '@towline/base'
import { LIMITS } from '@towline/protocol'
import { afterAll } from 'vitest'
import { tempDir } from '../control.fixture.ts'
import { storeConformance } from './conformance/conformance.fixture.ts'
import { migrationConformance } from './conformance/migrations.fixture.ts'
import { openStore } from './open-store.ts'

const parts = { log: silentLog(), limits: LIMITS }

const temp = tempDir()
afterAll(() => temp.remove())
storeConformance('sqlite', () => openStore({ dir: temp.dir, ...parts }))

const old = tempDir()
afterAll(() => old.remove())
migrationConformance('sqlite', () => openStore({ dir: old.dir, ...parts }))
