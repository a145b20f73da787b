/** Owns what a policy says of one call: the first rule that matches, else the default of its risk. */
import type { Labels } from '@towline/protocol'
import { matchesText } from './glob.ts'
import { matchesArgs } from './match-args.ts'
import { and, type Match } from './match.ts'
import type { Policy, Rule } from './policy.ts'
import { type Decision, DECISIONS, defaultDecision, type Risk } from './risks.ts'
import { plainTarget } from './plain-target.ts'

/** What is known of a machine or tunnel. */
export interface KnownTarget {
  /** All that it is called. */
  readonly names: readonly string[]
  readonly labels: Labels
}

export interface PolicyCall {
  readonly tool: string
  readonly risk: Risk
  readonly args: Readonly<Record<string, unknown>>
  /** As the call names it; absent when it is about nothing. */
  readonly target?: string | undefined
  /** Looks it up in the inventory, which is asked only when a rule needs it; undefined when that does not tell. */
  readonly look: () => Promise<KnownTarget | undefined>
}

export interface PolicyDecision {
  readonly decision: Decision
  /** Position in `rules`, from 0; absent for the default. */
  readonly rule?: number
  /** For people and agents: which rule, and what is noted there. */
  readonly why: string
}

/**
 * Where a rule cannot be told to match or not, as a label that nobody could look up, it holds for what is stricter than what
 * comes after it: nothing is allowed by it, and nothing escapes it.
 */
export const decideByPolicy = async ({ rules }: Policy, call: PolicyCall): Promise<PolicyDecision> => {
  const look = once(call.look)
  let strictest: PolicyDecision | undefined
  for (const [at, rule] of rules.entries()) {
    const match = await matchesRule(rule, { ...call, look })
    if (match === 'no') continue
    if (match === 'yes') return stricter(strictest, byRule(rule, at))
    if (rule.decision !== 'allow') strictest = stricter(strictest, byRule(rule, at))
  }
  return stricter(strictest, {
    decision: defaultDecision(call.risk),
    why: `no rule is about it, and its risk is ${call.risk}`,
  })
}

const once = <T>(work: () => Promise<T>): (() => Promise<T>) => {
  let running: Promise<T> | undefined
  return () => (running ??= work())
}

const byRule = ({ decision, note }: Rule, rule: number): PolicyDecision => ({
  decision,
  rule,
  why: `rule ${rule + 1} of the policy file${note === undefined ? '' : `: ${note}`}`,
})

const stricter = (one: PolicyDecision | undefined, other: PolicyDecision): PolicyDecision =>
  one && DECISIONS.indexOf(one.decision) >= DECISIONS.indexOf(other.decision) ? one : other

/** What is asked elsewhere comes last, and only when it still matters. */
const matchesRule = async ({ tools, risk, args, target }: Rule, call: PolicyCall): Promise<Match> => {
  if (tools && !tools.some((pattern) => matchesText(pattern, call.tool))) return 'no'
  if (risk && !risk.includes(call.risk)) return 'no'
  const byArgs = args ? matchesArgs(args, call.args) : 'yes'
  if (byArgs === 'no' || !target) return byArgs
  if (call.target === undefined) return 'no'
  const byName = target.name === undefined ? 'yes' : await matchesName(target.name, call.target, call)
  if (byName === 'no' || !target.labels) return and(byArgs, byName)
  return and(byArgs, byName, matchesLabels(target.labels, (await call.look())?.labels))
}

/** A machine has several addresses: by its name, an id, or a public URL. */
const matchesName = async (pattern: string, given: string, { look }: PolicyCall): Promise<Match> => {
  const wanted = plainTarget(pattern).name
  const { name, alias } = plainTarget(given)
  if (matchesText(wanted, name)) return 'yes'
  if (!alias) return 'no'
  const known = await look()
  if (!known) return 'unknown'
  return known.names.some((one) => matchesText(wanted, one)) ? 'yes' : 'no'
}

const matchesLabels = (wanted: Labels, labels: Labels | undefined): Match => {
  if (!labels) return 'unknown'
  const has = ([key, pattern]: readonly [string, string]): boolean =>
    Object.hasOwn(labels, key) && matchesText(pattern, labels[key] as string)
  return Object.entries(wanted).every(has) ? 'yes' : 'no'
}
