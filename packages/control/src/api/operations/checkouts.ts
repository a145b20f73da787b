/** Owns the operations on checkouts. Paying is for people: what ends one is proof from the checkout page, or an admin's word. */
import { z } from '../zod.ts'
import { AppError } from '@towline/protocol'
import { type EndedCheckout, endCheckout } from '../../payment/end-checkout.ts'
import type { ApiServices } from '../api-deps.ts'
import { checkoutView } from '../checkout-view.ts'
import { defineOperation } from '../operation.ts'
import { projectView } from '../project-view.ts'
import { checkout, ended } from '../schemas/creation.ts'
import { checkoutId } from '../schemas/fields.ts'

const params = z.strictObject({ checkoutId })

export const checkoutsRead = defineOperation({
  id: 'checkouts.read',
  method: 'get',
  path: '/checkouts/{checkoutId}',
  tag: 'Checkouts',
  summary: 'Read a checkout',
  description: 'Whether it was paid, called off or is still open; and the project that it made.',
  rules: [{ resource: 'control.checkouts', action: 'read' }],
  at: 'checkout',
  params,
  output: checkout,
  risk: 'read',
  mcp: { name: 'towline_checkout_get' },
  run: ({ place, services }) => checkoutView(place.checkout, services),
})

export const checkoutsReturn = defineOperation({
  id: 'checkouts.return',
  method: 'post',
  path: '/checkouts/{checkoutId}/return',
  tag: 'Checkouts',
  summary: 'Hand in return parameters',
  description:
    'Ends a checkout by the parameters that its page came back with: completed makes the project, cancelled makes nothing. ' +
    'Parameters that prove nothing are refused (CHECKOUT_UNPROVEN).',
  rules: [{ resource: 'control.checkouts', action: 'create' }],
  at: 'checkout',
  params,
  body: z.strictObject({ params: z.record(z.string().max(64), z.string().max(1024)) }).openapi('CheckoutReturn', {
    description: 'The query parameters of the return URL.',
    examples: [{ params: { outcome: 'completed', proof: 'q7Yb0kq7mYHk' } }],
  }),
  output: ended,
  risk: 'paid',
  idempotency: 'optional',
  unaudited: ['params'],
  mcp: { name: 'towline_checkout_return' },
  run: async ({ place, db, now, services, target }, { params: handed }) => {
    const { checkout: one } = place
    target(one.id)
    const outcome = await services.payment.settle({ db, checkout: one, params: handed, now })
    return endedView(await endCheckout(db, one, { outcome, now }), services)
  },
})

export const checkoutsSettle = defineOperation({
  id: 'checkouts.settle',
  method: 'post',
  path: '/checkouts/{checkoutId}/settle',
  tag: 'Checkouts',
  summary: 'Say that a checkout was paid, or call it off',
  description:
    'For admins of servers whose payments are settled by hand; elsewhere only the payment itself ends a checkout.',
  rules: [{ resource: 'control.checkouts', action: 'update' }],
  at: 'checkout',
  params,
  body: z
    .strictObject({ outcome: z.enum(['completed', 'cancelled']) })
    .openapi('CheckoutOutcome', { description: 'How it ends.', examples: [{ outcome: 'completed' }] }),
  output: ended,
  risk: 'paid',
  idempotency: 'optional',
  run: async ({ place, db, now, services, target }, { outcome }) => {
    const { checkout: one } = place
    target(one.id)
    if (!services.payment.byAdmin) throw new AppError('CHECKOUT_UNPROVEN', { id: one.id })
    return endedView(await endCheckout(db, one, { outcome, now }), services)
  },
})

const endedView = ({ checkout: one, project }: EndedCheckout, services: ApiServices) => ({
  checkout: checkoutView(one, services),
  ...(project && { project: projectView(project, services) }),
})
