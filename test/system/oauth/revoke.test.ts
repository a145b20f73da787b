/** Proves that a login which ends takes along what it holds open, links, dials and watches, and every token of its family. */
import type { WatchEvent } from '@towline/protocol'
import { createInventory, dialDuplex } from '@towline/sdk'
import {
  type Browser,
  Inbox,
  openEcho,
  openSystem,
  type Service,
  type System,
  verifies,
  within,
} from '@towline/testkit'
import * as oc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { becomeOwner, logIn, type LoggedIn } from './login.ts'

const REFUSED = 'nothing was refused'
/** The stable code of what work is refused with. */
const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => REFUSED,
    (error: { error?: string; code?: string }) => error.error ?? error.code ?? String(error),
  )

describe('oauth revocation', () => {
  let system: System
  let echo: Service
  let ada: Browser
  beforeAll(async () => {
    ;[system, echo] = await Promise.all([openSystem(), openEcho()])
    ada = await becomeOwner(system)
    await system.serve({ kind: 'private', name: 'db' }, echo.port)
  })
  afterAll(() => Promise.all([system?.close(), echo?.close()]))

  /** A link that hosts, a dial over it and two watches, by one access token; each answers how it ended. */
  const holdOpen = async ({ tokens: { access_token: token } }: LoggedIn) => {
    const session = system.session({ token, project: 'dev' })
    const tunnel = await session.open({ kind: 'private' }, () => {})
    const dialed = await dialDuplex(session, 'tow://db')
    const broken = new Promise<string>((done) => {
      dialed
        .once('close', () => done('closed'))
        .on('error', () => {})
        .resume()
    })
    dialed.write('hello')
    const { url, ca, limits } = system
    const inventory = createInventory({ url, ca, token, limits, project: 'dev', env: {} })
    const watches = await Promise.all(
      (['watch', 'watchSocket'] as const).map(async (way) => {
        const heard = new Inbox<WatchEvent>()
        const watching = async (): Promise<void> => {
          for await (const event of inventory[way]()) heard.put(event)
        }
        const over = refusal(watching())
        await heard.until('the first state', ({ type }) => type === 'state.initial')
        return { over }
      }),
    )
    const closed = tunnel.closed.then((error) => error?.code ?? 'no error')
    return {
      inventory,
      ended: within('the end of all that was open', Promise.all([closed, broken, ...watches.map(({ over }) => over)])),
    }
  }

  const ALL_OVER = ['UNAUTHENTICATED', 'closed', 'UNAUTHENTICATED', 'UNAUTHENTICATED']

  const expectDead = async ({ cli, tokens }: LoggedIn): Promise<void> => {
    expect(await refusal(system.control.authority.verify(tokens.access_token))).toBe('UNAUTHENTICATED')
    expect(await refusal(oc.refreshTokenGrant(cli, tokens.refresh_token as string))).toBe('invalid_grant')
  }

  it.each(['refresh_token', 'access_token'] as const)('ends all that is open when its %s is revoked', async (which) => {
    verifies('oauth.revoke')
    const login = await logIn(system, ada)
    const { ended, inventory } = await holdOpen(login)
    await oc.tokenRevocation(login.cli, login.tokens[which] as string, { token_type_hint: which })
    expect(await ended).toEqual(ALL_OVER)
    inventory.close()
    await expectDead(login)
  })

  it('ends all that is open when its person ends it on the account page, and leaves other logins alone', async () => {
    verifies('oauth.revoke', 'account.signin')
    const login = await logIn(system, ada)
    const { ended, inventory } = await holdOpen(login)
    const other = await logIn(system, ada)
    const page = await ada.open(`${system.site.publicUrl}/account`)
    const { credentialId } = await system.control.authority.verify(login.tokens.access_token)
    await ada.submit(page, '/account/logins/end', { id: credentialId })
    expect(await ended).toEqual(ALL_OVER)
    inventory.close()
    await expectDead(login)
    expect(await system.control.authority.verify(other.tokens.access_token)).toMatchObject({ projectSlug: 'dev' })
  })

  it('ends the whole family when a refresh token is used a second time', async () => {
    verifies('oauth.revoke')
    const login = await logIn(system, ada)
    const first = login.tokens.refresh_token as string
    const second = await oc.refreshTokenGrant(login.cli, first)
    expect(second.refresh_token).not.toBe(first)
    const { ended, inventory } = await holdOpen({ ...login, tokens: second })
    expect(await refusal(oc.refreshTokenGrant(login.cli, first))).toBe('invalid_grant')
    expect(await ended).toEqual(ALL_OVER)
    inventory.close()
    await expectDead({ ...login, tokens: second })
  })

  it('says nothing about tokens it does not know, and revokes none of another client', async () => {
    const login = await logIn(system, ada)
    const revoke = (client_id: string, token: string) =>
      fetch(`${system.site.publicUrl}/oauth/revoke`, {
        method: 'POST',
        body: new URLSearchParams({ client_id, token }),
      })
    expect((await revoke('towline-cli', 'x'.repeat(43))).status).toBe(200)
    const registered = await fetch(`${system.site.publicUrl}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: ['http://127.0.0.1/cb'] }),
    })
    const { client_id } = (await registered.json()) as { client_id: string }
    expect((await revoke(client_id, login.tokens.access_token)).status).toBe(200)
    expect(await system.control.authority.verify(login.tokens.access_token)).toMatchObject({ projectSlug: 'dev' })
  })
})
