/** Proves who is turned away, and what those who are let in can rely on. */
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { STRANGER, tell } from './e2e.fixture.ts'
import { nobleCrypto } from './crypto/noble-crypto.ts'

describe('webtty e2e', () => {
  it('lets a client on the list in and carries what both say', async () => {
    verifies('e2e.suite')
    const story = await tell()
    expect(story).toMatchObject({ started: true, client: 1000, server: 1000 })
    expect([story.serverHeard, story.clientHeard]).toEqual([
      ['one', 'two', 'three'],
      ['ONE', 'TWO', 'THREE'],
    ])
  })
  it('x', async () => {
    const story = await tell({ client: { identity: STRANGER } })
    expect(story).toMatchObject({ started: false, client: 4401, server: 'E2E_CLIENT_UNAUTHORIZED' })
    const nob = await tell({ client: { crypto: nobleCrypto } })
    expect(nob).toMatchObject({ started: true, client: 1000, server: 1000 })
  })
})
