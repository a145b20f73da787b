/**
 * Owns the checkout page: what is paid for, the way to pay, and where people come back to. The proof it comes back with ends
 * the checkout, here or handed in by a program.
 */
import { AppError, covers, permissionsOfRole, type Role } from '@towline/protocol'
import { Hono } from 'hono'
import { html } from 'hono/html'
import type { ApiDeps } from '../api/api-deps.ts'
import { pageResponse } from '../http/page-response.ts'
import { requireSameOrigin } from '../http/same-origin.ts'
import { layout } from '../pages/layout.ts'
import { keep } from '../audit/keep.ts'
import { type Checkout, findCheckout } from '../checkout/checkout-store.ts'
import { inTransaction } from '../store/transaction.ts'
import { findRole } from '../workspace/member-store.ts'
import { endCheckout } from './end-checkout.ts'
import { manualParams } from './manual.ts'
import { checkoutUrl, type Outcome } from './payment.ts'

type Deps = Pick<ApiDeps, 'db' | 'clock' | 'limits' | 'publicUrl' | 'payment' | 'audit'>

/** Who is signed in by the cookie of a request; undefined for nobody. */
export type SignedIn = (headers: Headers) => Promise<{ readonly userId: string } | undefined>

/** What one request is about. */
interface Visit {
  readonly checkout: Checkout
  readonly userId: string
  readonly role: Role
}

/** `/checkout/:id`; errors are thrown as AppErrors for the site to tell. */
export const createCheckoutPages = (deps: Deps, signedIn: SignedIn): Hono => {
  const pages = new Hono()
  const visitOf = async (headers: Headers, id: string): Promise<Visit | undefined> => {
    const person = await signedIn(headers)
    return person && (await visit(deps, id, person.userId))
  }
  pages.get('/checkout/:id', async (context) => {
    const { id } = context.req.param()
    const seen = await visitOf(context.req.raw.headers, id)
    if (!seen) return context.redirect(`/sign-in?return_to=${encodeURIComponent(`/checkout/${id}`)}`, 303)
    const params = context.req.query()
    const ended = params['outcome'] === undefined ? undefined : await kept(deps, seen, () => settle(deps, seen, params))
    return pageResponse(await pageOf(deps, ended ? { ...seen, checkout: ended } : seen))
  })
  pages.post('/checkout/:id', async (context) => {
    requireSameOrigin(context.req.raw.headers, deps.publicUrl)
    const { id } = context.req.param()
    const seen = await visitOf(context.req.raw.headers, id)
    if (!seen) return context.redirect(`/sign-in?return_to=${encodeURIComponent(`/checkout/${id}`)}`, 303)
    const { outcome } = await context.req.parseBody()
    const params = await kept(deps, seen, () =>
      decided(deps, seen, outcome === 'completed' ? 'completed' : 'cancelled'),
    )
    return context.redirect(`/checkout/${id}?${new URLSearchParams(params).toString()}`, 303)
  })
  return pages
}

const SETTLE = { resource: 'control.checkouts', action: 'update' }

const maySettle = ({ role }: Visit, { payment }: Deps): boolean =>
  payment.byAdmin && covers(permissionsOfRole(role), SETTLE)

/** Strangers learn nothing. Throws NOT_FOUND. */
const visit = async ({ db, clock }: Deps, id: string, userId: string): Promise<Visit> => {
  const checkout = await findCheckout(db, id, Math.floor(clock() / 1000))
  const role = checkout && (await findRole(db, { workspaceId: checkout.workspaceId, userId }))
  if (!checkout || !role) throw new AppError('NOT_FOUND', { what: 'checkout', id: id.slice(0, 64) })
  return { checkout, userId, role }
}

/** What is refused is kept too. */
const kept = async <T>(deps: Deps, { checkout, userId }: Visit, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AppError) {
      const about = { userId, workspaceId: checkout.workspaceId, target: checkout.id }
      await keep(deps, { action: 'checkouts.return', decision: 'refused', code: error.code, ...about })
    }
    throw error
  }
}

/** Throws FORBIDDEN for who may not say so, and CHECKOUT_ENDED. */
const decided = async (deps: Deps, seen: Visit, outcome: Outcome): Promise<Record<string, string>> => {
  const { checkout } = seen
  if (!maySettle(seen, deps)) throw new AppError('FORBIDDEN', { permission: 'checkouts.manage' })
  if (checkout.status !== 'open') throw new AppError('CHECKOUT_ENDED', { id: checkout.id, status: checkout.status })
  return { ...(await manualParams(deps.db, { checkout, outcome, now: Math.floor(deps.clock() / 1000) })) }
}

/** Coming back twice, as by a reload, shows how it ended. Throws CHECKOUT_UNPROVEN. */
const settle = (deps: Deps, { checkout, userId }: Visit, params: Readonly<Record<string, string>>): Promise<Checkout> =>
  inTransaction(deps.db, async (db) => {
    if (checkout.status !== 'open') return checkout
    const now = Math.floor(deps.clock() / 1000)
    const outcome = await deps.payment.settle({ db, checkout, params, now })
    const ended = await endCheckout(db, checkout, { outcome, now })
    const { id: target, workspaceId } = checkout
    const about = { userId, workspaceId, target, details: { outcome } }
    await keep({ ...deps, db }, { action: 'checkouts.return', decision: 'allowed', ...about })
    return ended.checkout
  })

const WORDS: Readonly<Record<Checkout['status'], string>> = {
  open: 'waits to be paid.',
  completed: 'was paid, and its project is made.',
  cancelled: 'was called off. Nothing was made.',
  expired: 'was not paid in time. Nothing was made.',
}

const pageOf = async (deps: Deps, seen: Visit): Promise<string> => {
  const { id, plan, status, request } = seen.checkout
  const { name } = request as { readonly name: string }
  const body = html`<p>The project <strong>${name}</strong> on the plan <strong>${plan}</strong> ${WORDS[status]}</p>
${status === 'open' ? await waysOn(deps, seen) : ''}
<p><code>${id}</code></p>`
  return layout({ title: 'Checkout', body })
}

const waysOn = async (deps: Deps, seen: Visit) => {
  const { checkout } = seen
  const payUrl = await deps.payment.payUrl?.(checkout, checkoutUrl(deps.publicUrl, checkout.id))
  if (payUrl !== undefined) return html`<p><a href="${payUrl}" rel="noreferrer">Pay</a></p>`
  if (!maySettle(seen, deps)) return html`<p>An admin of the workspace ends it: send them the address of this page.</p>`
  return html`<form method="post" action="/checkout/${checkout.id}">
<button name="outcome" value="completed">It was paid: make the project</button>
<button name="outcome" value="cancelled">Call it off</button></form>`
}
