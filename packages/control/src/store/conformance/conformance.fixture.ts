/** Owns what every store must do, embedded or PostgreSQL: one suite for both. */
import { afterAll, beforeAll, describe } from 'vitest'
import type { Store } from '../open-store.ts'
import { credentials } from './credentials.fixture.ts'
import { oauth } from './oauth.fixture.ts'
import { people } from './people.fixture.ts'
import { projects } from './projects.fixture.ts'
import { records } from './records.fixture.ts'
import { provider } from './provider.fixture.ts'
import { sessions } from './sessions.fixture.ts'

const PARTS = [people, projects, credentials, oauth, records, sessions, provider]

/** Declares the suite; `open` is called once and opens an empty store. */
export const storeConformance = (name: string, open: () => Promise<Store>): void => {
  describe(`store conformance: ${name}`, () => {
    let store: Store | undefined
    beforeAll(async () => {
      store = await open()
    }, 120_000)
    afterAll(() => store?.close())
    for (const declare of PARTS) declare(() => (store as Store).db)
  })
}
