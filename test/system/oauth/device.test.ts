/** Proves the device grant (RFC 8628) with a client that no one here wrote: who is refused, and what a login may do. */
import { type Browser, openSystem, type System, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { becomeOwner, invite, logIn, PASSWORD } from './login.ts'

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

  it('keeps of a login what was ticked among what was asked for: neither more of the one nor of the other', async () => {
    verifies('oauth.approve')
    const { tokens } = await logIn(system, ada, ['tunnels.list', 'tokens.manage'])
    const { credentialId } = await system.control.authority.verify(tokens.access_token, { project: 'dev' })
    const { text } = await ada.open(`${system.site.publicUrl}/account`)
    const shown = text.split('<section>').find((part) => part.includes(credentialId))
    expect(/<code>(.*?)<\/code>/.exec(shown ?? '')?.[1]).toBe('tunnels.list')
  })

  it('logs in for whoever is signed in now, also in a browser that another person used before', async () => {
    verifies('oauth.approve')
    const { userId } = await system.control.authority.verify((await logIn(system, ada)).tokens.access_token)
    await invite(system, 'bob@example.test', 'member')
    await ada.submit(await ada.open(`${system.site.publicUrl}/account`), '/sign-out')
    const bob = { email: 'bob@example.test', password: PASSWORD }
    await ada.submit(await ada.open(`${system.site.publicUrl}/sign-in`), '/sign-in', bob)
    const { tokens } = await logIn(system, ada)
    const principal = await system.control.authority.verify(tokens.access_token)
    expect([typeof principal.userId, principal.userId === userId]).toEqual(['string', false])
  })
})
