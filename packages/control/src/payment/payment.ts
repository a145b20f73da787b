/**
 * Owns the interface of those who take payments. A checkout begins and ends at a page of ours, so beginning one asks nobody
 * and is part of the transaction that makes it.
 */
import type { Kysely } from 'kysely'
import type { Checkout } from '../checkout/checkout-store.ts'
import type { Tables } from '../store/schema.ts'

export type Outcome = 'completed' | 'cancelled'

/** One end of a checkout that somebody claims. */
export interface Claim {
  readonly db: Kysely<Tables>
  readonly checkout: Checkout
  /** What the checkout page was returned to with. */
  readonly params: Readonly<Record<string, string>>
  /** Integer seconds. */
  readonly now: number
}

export interface PaymentProvider {
  readonly name: string
  /** Whether an admin of the workspace may say that a checkout was paid or cancelled. */
  readonly byAdmin: boolean
  /** Where people pay; absent when the checkout page of ours is where an admin ends it. */
  readonly payUrl?: ((checkout: Checkout, returnUrl: string) => Promise<string>) | undefined
  /** What return parameters prove. Throws CHECKOUT_UNPROVEN for what proves nothing. Asks nobody while in a transaction. */
  readonly settle: (claim: Claim) => Promise<Outcome>
}

/** The page a checkout is at. */
export const checkoutUrl = (publicUrl: string, id: string): string => `${publicUrl}/checkout/${id}`
