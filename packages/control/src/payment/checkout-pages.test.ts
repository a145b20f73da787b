/** Proves the checkout page: who may end a checkout there, and that nothing but its proof does. */
import { AppError } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ApiFixture, NOW, openApiFixture } from '../api/api.fixture.ts'
import { addCheckout, findCheckout } from '../checkout/checkout-store.ts'
import { createCheckoutPages } from './checkout-pages.ts'

let fixture: ApiFixture
let id: string
beforeEach(async () => {
  fixture = await openApiFixture()
  const { db, workspaceId } = fixture
  const request = { workspaceId, name: '<b>Paid</b>', plan: 'pro', endpoint: 'paid' }
  const checkout = { workspaceId, plan: 'pro', fingerprint: 'f', request, now: NOW, expiresAt: NOW + 60 }
  id = (await addCheckout(db, checkout)).id
})
afterEach(() => fixture.close())

const ORIGIN = 'https://towline.example'

const ask = async (userId: string | undefined, path = `/checkout/${id}`, form?: string, origin = ORIGIN) => {
  const pages = createCheckoutPages(fixture.deps, async () => (userId === undefined ? undefined : { userId }))
  pages.onError((error) => new Response(error instanceof AppError ? error.code : String(error), { status: 400 }))
  const headers = { origin, 'content-type': 'application/x-www-form-urlencoded' }
  const answer = await pages.request(path, form === undefined ? {} : { method: 'POST', body: form, headers })
  return { status: answer.status, text: await answer.text(), headers: answer.headers }
}

const status = async () => (await findCheckout(fixture.db, id, NOW))?.status

describe('control checkout page', () => {
  it('sends people to sign in, and tells strangers nothing', async () => {
    const away = await ask(undefined)
    expect([away.status, away.headers.get('location')]).toEqual([303, `/sign-in?return_to=%2Fcheckout%2F${id}`])
    expect((await ask((await fixture.person(undefined)).userId)).text).toBe('NOT_FOUND')
    expect((await ask((await fixture.person('owner')).userId, '/checkout/chk_none')).text).toBe('NOT_FOUND')
  })

  it('lets no member end it, no form of another site, and no proof that was made up', async () => {
    verifies('project.checkout', 'audit.log')
    const { userId } = await fixture.person('member')
    expect((await ask(userId)).text).toContain('An admin of the workspace ends it')
    expect((await ask(userId, undefined, 'outcome=completed')).text).toBe('FORBIDDEN')
    const admin = (await fixture.person('admin')).userId
    expect((await ask(admin, undefined, 'outcome=completed', 'https://evil.example')).text).toBe('ORIGIN_REFUSED')
    expect((await ask(admin, `/checkout/${id}?outcome=completed&proof=x`)).text).toBe('CHECKOUT_UNPROVEN')
    expect(await status()).toBe('open')
    await fixture.deps.flush()
    const told = await fixture.db.selectFrom('audit').select(['decision', 'code', 'user_id', 'target']).execute()
    expect(told).toEqual([
      { decision: 'refused', code: 'FORBIDDEN', user_id: userId, target: id },
      { decision: 'refused', code: 'CHECKOUT_UNPROVEN', user_id: admin, target: id },
    ])
  })

  it('ends it by the proof that an admin gets: the project is made once, whoever reloads', async () => {
    verifies('project.checkout', 'audit.log')
    const { userId } = await fixture.person('admin')
    const page = await ask(userId)
    expect(page.text).toContain('&lt;b&gt;Paid&lt;/b&gt;')
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    const { headers } = await ask(userId, undefined, 'outcome=completed')
    const back = headers.get('location') as string
    expect(await status()).toBe('open')
    for (const _ of [1, 2]) expect((await ask(userId, back)).text).toContain('was paid, and its project is made.')
    const slugs = await fixture.db.selectFrom('projects').select('slug').orderBy('slug').execute()
    expect(slugs.map(({ slug }) => slug)).toEqual(['demo', 'paid'])
    const [row, ...more] = await fixture.db.selectFrom('audit').selectAll().execute()
    expect([row?.action, row?.user_id, row?.target, more]).toEqual(['checkouts.return', userId, id, []])
    expect((await ask(userId, undefined, 'outcome=cancelled')).text).toBe('CHECKOUT_ENDED')
  })

  it('calls it off, and nothing is made', async () => {
    const { userId } = await fixture.person('owner')
    const { headers } = await ask(userId, undefined, 'outcome=cancelled')
    expect((await ask(userId, headers.get('location') as string)).text).toContain('was called off')
    expect(await status()).toBe('cancelled')
  })

  it('leads to where the provider takes the money', async () => {
    const { payment } = fixture.deps
    const pages = createCheckoutPages(
      {
        ...fixture.deps,
        payment: { ...payment, byAdmin: false, payUrl: async (_, back) => `https://pay.example/?back=${back}` },
      },
      async () => ({ userId: fixture.ownerId }),
    )
    const text = await (await pages.request(`/checkout/${id}`)).text()
    expect(text).toContain(`href="https://pay.example/?back=https://towline.example/checkout/${id}"`)
    expect(text).not.toContain('<form')
  })
})
