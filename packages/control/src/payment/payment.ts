/** Owns the interface of those who take payments. Checkouts of theirs begin at a page of ours, so beginning one asks nobody. */
import type { Checkout } from '../checkout/checkout-store.ts'

export interface PaymentProvider {
  readonly name: string
  /** Where the checkout page of ours sends people to pay; undefined when that page itself is where it ends. */
  readonly payUrl?: ((checkout: Checkout, returnUrl: string) => Promise<string>) | undefined
  /** What return parameters prove. It throws CHECKOUT_UNPROVEN for what proves nothing. */
  readonly settle: (checkout: Checkout, params: Readonly<Record<string, string>>) => Promise<'completed' | 'cancelled'>
}
