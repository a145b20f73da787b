/** Proves that accounts and OAuth work on PostgreSQL as they do on the embedded database. */
import { openSystem, type System, verifies } from '@towline/testkit'
import { openPostgres, type PostgresServer } from '@towline/testkit/postgres'
import * as oc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { becomeOwner, invite, logIn, wordsOf } from './login.ts'

describe('oauth on postgres', () => {
  let server: PostgresServer
  let system: System
  beforeAll(async () => {
    server = await openPostgres()
    system = await openSystem({ database: await server.schema() })
  })
  afterAll(async () => {
    await system?.close()
    await server?.stop()
  })

  it('makes an owner, lets people in, logs a device in, rotates its tokens, and ends it', async () => {
    verifies('account.first-run', 'oauth.device', 'oauth.revoke')
    const ada = await becomeOwner(system)
    const bob = await invite(system, 'bob@example.test', 'viewer')
    expect(wordsOf(await bob.open(`${system.site.publicUrl}/account`))).toContain('Signed in as bob@example.test')
    const { cli, tokens } = await logIn(system, ada)
    const again = await oc.refreshTokenGrant(cli, tokens.refresh_token as string)
    const { authority } = system.control
    expect(await authority.verify(again.access_token)).toMatchObject({ projectSlug: 'dev' })
    await oc.tokenRevocation(cli, again.refresh_token as string)
    await expect(authority.verify(again.access_token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    const page = await ada.open(`${system.site.publicUrl}/account`)
    const after = await ada.submit(page, '/sign-out')
    expect(after.url).toContain('/sign-in')
  })
})
