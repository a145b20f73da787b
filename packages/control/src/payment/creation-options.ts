/** Owns which plans a workspace may make projects with now, and the fingerprint that proves what its caller was shown. */
import type { Kysely } from 'kysely'
import { countOfPlan } from '../project/project-store.ts'
import type { Tables } from '../store/schema.ts'
import type { Plan } from './plans.ts'
import { sealOf } from './seal.ts'

export interface PlanOption {
  readonly plan: string
  readonly name: string
  readonly description?: string
  readonly available: boolean
  /** Why not. */
  readonly unavailable?: { readonly code: 'plan.full'; readonly reason: string }
  /** What it costs. */
  readonly billing: {
    readonly charged: boolean
    readonly summary: string
    readonly price?: NonNullable<Plan['price']>
  }
  /** What the server does next when this plan is chosen; callers do not choose it. */
  readonly action: {
    readonly type: 'create' | 'checkout' | 'none'
    readonly label: string
    readonly description: string
  }
}

export interface CreationOptions {
  readonly plans: readonly PlanOption[]
  readonly regions: readonly { readonly region: string; readonly recommended: boolean }[]
  readonly recommended: { readonly plan?: string; readonly region: string }
  readonly creationFingerprint: string
}

export interface OptionsDeps {
  readonly plans: readonly Plan[]
  readonly region: string
  /** Integer seconds. */
  readonly now: number
}

/** Whatever a caller is shown is in the fingerprint. */
export const creationOptions = async (
  db: Kysely<Tables>,
  workspaceId: string,
  { plans, region, now }: OptionsDeps,
): Promise<CreationOptions> => {
  const options: PlanOption[] = []
  for (const plan of plans) options.push(optionOf(plan, await isFull(db, workspaceId, plan)))
  const best =
    options.find(({ available, billing }) => available && !billing.charged) ?? options.find((one) => one.available)
  const told = {
    plans: options,
    regions: [{ region, recommended: true }],
    recommended: { ...(best && { plan: best.plan }), region },
  }
  const value = { workspaceId, ...told }
  return { ...told, creationFingerprint: await sealOf(db, { purpose: 'creation', value, now }) }
}

const isFull = async (db: Kysely<Tables>, workspaceId: string, { id, maxProjects }: Plan): Promise<boolean> =>
  maxProjects !== undefined && (await countOfPlan(db, workspaceId, id)) >= maxProjects

const optionOf = ({ id, name, description, price, maxProjects = 0 }: Plan, full: boolean): PlanOption => ({
  plan: id,
  name,
  ...(description !== undefined && { description }),
  available: !full,
  ...(full && {
    unavailable: { code: 'plan.full' as const, reason: `the workspace has its ${maxProjects} projects of this plan` },
  }),
  billing: {
    charged: price !== undefined,
    summary: price ? `${price.amount} ${price.currency} a ${price.per}, from when it is paid.` : 'Costs nothing.',
    ...(price && { price }),
  },
  action: full ? ACTIONS.none : price ? ACTIONS.checkout : ACTIONS.create,
})

const ACTIONS = {
  create: { type: 'create', label: 'Create project', description: 'The project is made at once.' },
  checkout: {
    type: 'checkout',
    label: 'Go to checkout',
    description: 'A person pays on the checkout page; the project is made when that is done.',
  },
  none: { type: 'none', label: 'Not available', description: 'Choose another plan.' },
} as const
