/** Owns what an agent check tells: a row for each thing looked at, and the words in which rows are found. */

export type RowStatus = 'pass' | 'warn' | 'fail' | 'skip'

/** Groups in the order they are asked and told. */
export const GROUPS = ['discovery', 'policy', 'content', 'documents', 'auth', 'hygiene'] as const

export type Group = (typeof GROUPS)[number]

export interface CheckRow {
  /** Stable, such as `api-catalog`. */
  readonly id: string
  readonly group: Group
  readonly status: RowStatus
  readonly found: string
  /** What to do; empty when the row passes or does not apply. */
  readonly next: string
}

/** Grades of isitagentready.com, 0 to 5; see levels.ts. */
export interface AgentCheck {
  /** Origin that was checked, after redirects. */
  readonly url: string
  readonly level: number
  readonly passed: number
  /** Without rows that were skipped. */
  readonly total: number
  readonly rows: readonly CheckRow[]
}

/** What a row found. */
export interface Finding {
  readonly status: RowStatus
  readonly found: string
}

export const pass = (found: string): Finding => ({ status: 'pass', found })
export const warn = (found: string): Finding => ({ status: 'warn', found })
export const fail = (found: string): Finding => ({ status: 'fail', found })
export const skip = (found: string): Finding => ({ status: 'skip', found })

/** The worst of many: failures first, then warnings; `good` when there are none. */
export const worst = (failures: readonly string[], warnings: readonly string[], good: string): Finding => {
  if (failures.length > 0) return fail(joined(failures))
  return warnings.length > 0 ? warn(joined(warnings)) : pass(good)
}

const SHOWN = 3

const joined = (texts: readonly string[]): string =>
  [...texts.slice(0, SHOWN), ...(texts.length > SHOWN ? [`and ${texts.length - SHOWN} more`] : [])].join('; ')
