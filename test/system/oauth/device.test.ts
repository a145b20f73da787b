/** Proves the device grant (RFC 8628) with a client that no one here wrote: who is refused, and what a login may do. */
import { type Browser, openSystem, type System, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { becomeOwner, logIn } from './login.ts'

describe('oauth device', () => {
  let system: System
  let ada: Browser
  beforeAll(async () => {
    system = await openSystem()
    ada = await becomeOwner(system)
  })
  afterAll(() => system?.close())

  it('gives a person exactly what was ticked', async () => {
    verifies('oauth.device', 'oauth.approve', 'oauth.scopes.minimal')
    const { tokens } = await logIn(system, ada, ['tunnels.list', 'tunnels.connect'])
    expect(tokens.scope?.split(' ').toSorted()).toEqual(['tunnels.connect', 'tunnels.list'])
    const principal = await system.control.authority.verify(tokens.access_token, { project: 'dev' })
    expect(principal.permissions).toEqual(['tunnels.list', 'tunnels.connect'])
  })
})
