/** Owns the built-in way to pay: an admin of the workspace says on the checkout page that it was done, or calls it off. */
import { AppError } from '@towline/protocol'
import type { Kysely } from 'kysely'
import type { Checkout } from '../checkout/checkout-store.ts'
import type { Tables } from '../store/schema.ts'
import type { Outcome, PaymentProvider } from './payment.ts'
import { sameSeal, sealOf } from './seal.ts'

const OUTCOMES: Readonly<Record<string, Outcome>> = { completed: 'completed', cancelled: 'cancelled' }

export const manualPayment: PaymentProvider = {
  name: 'manual',
  byAdmin: true,
  settle: async ({ db, checkout, params, now }) => {
    const outcome = OUTCOMES[params['outcome'] ?? '']
    const proof = outcome && (await manualParams(db, { checkout, outcome, now }))['proof']
    if (proof !== undefined && sameSeal(proof, params['proof'] ?? '')) return outcome as Outcome
    throw new AppError('CHECKOUT_UNPROVEN', { id: checkout.id })
  },
}

/** What the checkout page returns with once an admin has decided. */
export const manualParams = async (
  db: Kysely<Tables>,
  { checkout, outcome, now }: { readonly checkout: Checkout; readonly outcome: Outcome; readonly now: number },
): Promise<Readonly<Record<string, string>>> => {
  const value = { id: checkout.id, outcome }
  return { outcome, proof: await sealOf(db, { purpose: 'checkout', value, now }) }
}
