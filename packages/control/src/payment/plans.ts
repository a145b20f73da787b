/** Owns what a plan of projects is. */

export interface Plan {
  /** Such as `free`. */
  readonly id: string
  /** For people. */
  readonly name: string
  readonly description?: string | undefined
  /** Absent costs nothing. */
  readonly price?: { readonly amount: number; readonly currency: string; readonly per: 'month' | 'year' } | undefined
  /** How many projects of the plan a workspace may have; absent is any number. */
  readonly maxProjects?: number | undefined
}

/** What a server has when its operator names no plans. */
export const DEFAULT_PLANS: readonly Plan[] = [{ id: 'free', name: 'Free', description: 'Costs nothing.' }]
