/** Proves that projects are made once, at what was shown, and that what is charged waits for a person. */
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { manualParams, manualPayment } from '../payment/manual.ts'
import { findCheckout } from '../checkout/checkout-store.ts'
import { type Answer, type ApiFixture, NOW, openApiFixture } from './api.fixture.ts'
import { createControlApi } from './control-api.ts'

let fixture: ApiFixture
let token: string
beforeEach(async () => {
  fixture = await openApiFixture()
  token = (await fixture.person('owner')).token
})
afterEach(() => fixture.close())

const options = async (): Promise<Answer['body']> =>
  (await fixture.ask('GET', `/workspaces/${fixture.workspaceId}/creation-options`, { token })).body

interface Made {
  readonly key?: string
  readonly body?: Readonly<Record<string, unknown>>
  readonly as?: string
}

const create = async ({ key = 'k1', body = {}, as = token }: Made = {}): Promise<Answer> => {
  const { creationFingerprint } = await options()
  const asked = { workspaceId: fixture.workspaceId, name: 'My Démo!', plan: 'free', creationFingerprint, ...body }
  return fixture.ask('POST', '/projects', { token: as, body: asked, headers: { 'idempotency-key': key } })
}

const projects = async (): Promise<number> => (await fixture.ask('GET', '/projects', { token })).body.projects.length

describe('control api creation: refusals', () => {
  it('refuses to create without an idempotency key, and with one that is too long', async () => {
    const body = { workspaceId: fixture.workspaceId, name: 'Demo', plan: 'free', creationFingerprint: 'x' }
    const bare = await fixture.ask('POST', '/projects', { token, body })
    expect([bare.status, bare.body.code]).toEqual([400, 'REQUEST_INVALID'])
    expect((await create({ key: 'x'.repeat(129) })).body.code).toBe('REQUEST_INVALID')
  })

  it('refuses a fingerprint of options that have changed, and one that was made up', async () => {
    verifies('project.create.idempotent')
    const { creationFingerprint: before } = await options()
    await create({ key: 'a', body: { name: 'a' } })
    await create({ key: 'b', body: { name: 'b' } })
    const stale = await create({ key: 'c', body: { creationFingerprint: before } })
    expect([stale.status, stale.body.code]).toEqual([409, 'STALE_PREVIEW'])
    expect((await create({ key: 'd', body: { creationFingerprint: 'made up' } })).body.code).toBe('STALE_PREVIEW')
    expect(await projects()).toBe(3)
  })

  it('refuses a key that was used for another body, and makes nothing', async () => {
    verifies('project.create.idempotent')
    await create()
    const other = await create({ body: { name: 'Other' } })
    expect([other.status, other.body.code]).toEqual([409, 'IDEMPOTENCY_CONFLICT'])
    expect(await projects()).toBe(2)
  })

  it("keeps people's keys apart: the same key of another person is another call", async () => {
    verifies('project.create.idempotent')
    const first = await create()
    const other = await create({ as: (await fixture.person('owner')).token })
    expect([other.status, other.body.project.id === first.body.project.id]).toEqual([201, false])
    expect(await projects()).toBe(3)
  })

  it('refuses plans that are full or unknown, and endpoints that are taken or no name', async () => {
    await create({ key: 'a' })
    await create({ key: 'b' })
    expect((await options()).plans[0]).toMatchObject({
      plan: 'free',
      available: false,
      unavailable: { code: 'plan.full' },
      action: { type: 'none' },
    })
    const codes = []
    for (const body of [{}, { plan: 'none' }, { plan: 'pro', endpoint: 'demo' }]) {
      codes.push((await create({ key: 'c', body })).body.code)
    }
    expect(codes).toEqual(['PLAN_UNAVAILABLE', 'PLAN_UNAVAILABLE', 'SLUG_TAKEN'])
    await fixture.db.deleteFrom('projects').where('slug', '<>', 'demo').execute()
    expect((await create({ key: 'd', body: { endpoint: 'No Name' } })).body.code).toBe('NAME_INVALID')
  })
})

describe('control api creation', () => {
  it('tells plans, what they cost, what happens next, and what is recommended', async () => {
    verifies('project.creation-options')
    expect(await options()).toEqual({
      plans: [
        {
          plan: 'free',
          name: 'Free',
          available: true,
          billing: { charged: false, summary: 'Costs nothing.' },
          action: { type: 'create', label: 'Create project', description: 'The project is made at once.' },
        },
        {
          plan: 'pro',
          name: 'Pro',
          available: true,
          billing: {
            charged: true,
            summary: '9 EUR a month, from when it is paid.',
            price: { amount: 9, currency: 'EUR', per: 'month' },
          },
          action: {
            type: 'checkout',
            label: 'Go to checkout',
            description: 'A person pays on the checkout page; the project is made when that is done.',
          },
        },
      ],
      regions: [{ region: 'local', recommended: true }],
      recommended: { plan: 'free', region: 'local' },
      creationFingerprint: expect.stringMatching(/^[\w-]{43}$/),
    })
  })

  it('answers the same project to the same key, also when the options have changed since', async () => {
    verifies('project.create.idempotent')
    const { creationFingerprint } = await options()
    const first = await create({ body: { creationFingerprint } })
    await create({ key: 'b' })
    const again = await create({ body: { creationFingerprint } })
    expect([again.status, again.body]).toEqual([201, first.body])
    expect([first, again].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true'])
    expect(first.body.project.endpoint).toBe('my-demo')
  })

  it('makes one project of two calls at once', async () => {
    const { creationFingerprint } = await options()
    const [one, other] = await Promise.all([
      create({ body: { creationFingerprint } }),
      create({ body: { creationFingerprint } }),
    ])
    expect(one?.body).toEqual(other?.body)
    expect(await projects()).toBe(2)
  })

  it('finds another endpoint for a name that is taken or reserved', async () => {
    expect((await create({ key: 'a', body: { name: 'Demo' } })).body.project.endpoint).toMatch(/^demo-[a-z0-9]{4}$/)
    expect((await create({ key: 'b', body: { name: 'www' } })).body.project.endpoint).toMatch(/^www-[a-z0-9]{4}$/)
  })
})

describe('control api checkout', () => {
  const begin = async (body = {}): Promise<Answer['body']> =>
    (await create({ key: 'pay', body: { plan: 'pro', endpoint: 'paid', ...body } })).body.checkout

  const proofOf = async (id: string, outcome: 'completed' | 'cancelled'): Promise<Readonly<Record<string, string>>> => {
    const checkout = await findCheckout(fixture.db, id, NOW)
    return checkout ? manualParams(fixture.db, { checkout, outcome, now: NOW }) : {}
  }
  const hand = (id: string, params: object) =>
    fixture.ask('POST', `/checkouts/${id}/return`, { token, body: { params } })

  it('makes nothing until it is paid, and refuses parameters that prove nothing', async () => {
    verifies('project.checkout')
    const checkout = await begin()
    expect(checkout).toMatchObject({ status: 'open', url: `https://towline.example/checkout/${checkout.id}` })
    const { proof = '' } = await proofOf(checkout.id, 'cancelled')
    const { proof: right = '' } = await proofOf(checkout.id, 'completed')
    for (const params of [
      ...[{}, { outcome: 'completed' }, { outcome: 'completed', proof }, { outcome: 'paid', proof }],
      ...[right.slice(0, -1), `${right}x`, `${right.slice(0, -2)}--`].map((near) => ({
        outcome: 'completed',
        proof: near,
      })),
      ...[
        { outcome: 'constructor', proof: right },
        { outcome: '__proto__', proof: right },
      ],
    ]) {
      const refused = await hand(checkout.id, params)
      expect([refused.status, refused.body.code]).toEqual([403, 'CHECKOUT_UNPROVEN'])
    }
    expect(await projects()).toBe(1)
  })

  it('makes the project by the parameters of the page, once', async () => {
    verifies('project.checkout')
    const { id } = await begin()
    const params = await proofOf(id, 'completed')
    const done = await hand(id, params)
    expect(done.body).toMatchObject({ checkout: { status: 'completed' }, project: { endpoint: 'paid', plan: 'pro' } })
    expect((await hand(id, params)).body.code).toBe('CHECKOUT_ENDED')
    const read = await fixture.ask('GET', `/checkouts/${id}`, { token })
    expect(read.body).toMatchObject({ status: 'completed', projectId: done.body.project.id })
    const rows = await fixture.db
      .selectFrom('audit')
      .select('details')
      .where('action', '=', 'checkouts.return')
      .execute()
    expect(JSON.stringify(rows)).not.toContain(params['proof'])
  })

  it('makes nothing when it is cancelled or too old', async () => {
    verifies('project.checkout')
    const { id } = await begin()
    const { body } = await hand(id, await proofOf(id, 'cancelled'))
    expect(body.checkout.status).toBe('cancelled')
    const late = (await create({ key: 'late', body: { plan: 'pro' } })).body.checkout
    fixture.clock.ms += 24 * 3_600_000
    expect((await hand(late.id, await proofOf(late.id, 'completed'))).body.code).toBe('CHECKOUT_ENDED')
    expect(await projects()).toBe(1)
  })

  it('lets an admin say that it was paid, and nobody less', async () => {
    const { id } = await begin()
    const settle = (as: string) =>
      fixture.ask('POST', `/checkouts/${id}/settle`, { token: as, body: { outcome: 'completed' } })
    const buyer = await fixture.person('owner', { permissions: ['projects.create'] })
    expect((await settle(buyer.token)).body.code).toBe('FORBIDDEN')
    expect((await settle((await fixture.person('member')).token)).body.code).toBe('FORBIDDEN')
    expect((await settle((await fixture.person('admin')).token)).body.project.endpoint).toBe('paid')
  })

  it('lets no admin say so where the provider takes the money', async () => {
    verifies('project.checkout')
    const { id } = await begin()
    const { app } = createControlApi({ ...fixture.deps, payment: { ...manualPayment, byAdmin: false } })
    const answer = await app.request(`/api/checkouts/${id}/settle`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ outcome: 'completed' }),
    })
    expect([answer.status, await answer.json()]).toMatchObject([403, { code: 'CHECKOUT_UNPROVEN' }])
    expect(await projects()).toBe(1)
  })

  it('makes what was paid for under another endpoint when that has gone meanwhile', async () => {
    const { id } = await begin()
    await create({ key: 'quick', body: { endpoint: 'paid' } })
    const { body } = await hand(id, await proofOf(id, 'completed'))
    expect(body.project.endpoint).toBe('my-demo')
  })
})
