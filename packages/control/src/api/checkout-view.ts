/** Owns how the control API shows a checkout. */
import type { Checkout } from '../checkout/checkout-store.ts'
import { checkoutUrl } from '../payment/payment.ts'
import type { ApiServices } from './api-deps.ts'

export const checkoutView = (
  { id, workspaceId, plan, status, projectId, createdAt, expiresAt }: Checkout,
  { publicUrl }: Pick<ApiServices, 'publicUrl'>,
) => ({
  id,
  workspaceId,
  plan,
  status,
  url: checkoutUrl(publicUrl, id),
  ...(projectId !== undefined && { projectId }),
  createdAt,
  expiresAt,
})
