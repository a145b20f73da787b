/** Proves that signing keys rotate: a new one signs, the old one stays published for as long as it was used. */
import { LIMITS } from '@towline/protocol'
import { silentLog } from '@towline/base'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { tempDir } from '../control.fixture.ts'
import { openStore, type Store } from '../store/open-store.ts'
import { signingKeys } from './signing-keys.ts'

const LIFE = 100

describe('oauth signing keys', () => {
  const temp = tempDir()
  let store: Store
  beforeEach(async () => {
    store = await openStore({ dir: temp.dir, log: silentLog(), limits: LIMITS })
  })
  afterEach(async () => {
    await store.close()
    temp.remove()
  })

  it('keeps one for its life, then publishes it beside its successor, then forgets it', async () => {
    verifies('oauth.metadata')
    const kids = async (now: number) =>
      (await signingKeys({ db: store.db, now, lifeSeconds: LIFE })).map(({ kid }) => kid)
    const [first] = await kids(1000)
    expect(await kids(1099), 'also after a restart').toEqual([first])
    const [second, ...others] = await kids(1100)
    expect(others).toEqual([first])
    expect(second).not.toBe(first)
    const [third, ...older] = await kids(1201)
    expect(older).toEqual([second])
    expect(third).not.toBe(second)
  })
})
