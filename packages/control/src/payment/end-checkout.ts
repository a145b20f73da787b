/** Owns ending a checkout: completed, it makes what was paid for. */
import type { Kysely } from 'kysely'
import { AppError } from '@towline/protocol'
import { cancelCheckout, type Checkout, completeCheckout } from '../checkout/checkout-store.ts'
import type { Project } from '../project/project-store.ts'
import type { Tables } from '../store/schema.ts'
import { makeProject, type ProjectRequest } from './make-project.ts'
import type { Outcome } from './payment.ts'

export interface EndedCheckout {
  readonly checkout: Checkout
  readonly project?: Project
}

/** Call in a transaction. Throws NOT_FOUND or CHECKOUT_ENDED. */
export const endCheckout = async (
  db: Kysely<Tables>,
  checkout: Checkout,
  { outcome, now }: { readonly outcome: Outcome; readonly now: number },
): Promise<EndedCheckout> => {
  if (outcome === 'cancelled') return { checkout: await cancelCheckout(db, checkout.id, now) }
  if (checkout.status !== 'open') throw new AppError('CHECKOUT_ENDED', { id: checkout.id, status: checkout.status })
  const project = await makePaid(db, checkout.request as ProjectRequest, now)
  return { checkout: await completeCheckout(db, checkout.id, { projectId: project.id, now }), project }
}

/** What was paid for is made, under another endpoint when the one that was asked for has gone meanwhile. */
const makePaid = async (db: Kysely<Tables>, request: ProjectRequest, now: number): Promise<Project> => {
  try {
    return await makeProject(db, request, now)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'SLUG_TAKEN') throw error
    return makeProject(db, { ...request, endpoint: undefined }, now)
  }
}
