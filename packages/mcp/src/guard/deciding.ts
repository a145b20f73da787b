/** Owns asking the policy about one call: by its arguments as they are given and in their plain form, whatever its risk is or may be. */
import {
  decideByPolicy,
  DECISIONS,
  type KnownTarget,
  type lookUpTarget,
  type Policy,
  type PolicyDecision,
  type Risk,
  RISKS,
} from '@towline/operations'
import type { Limits } from '@towline/protocol'
import type { Subject } from './subject.ts'

export interface Looking {
  readonly look: typeof lookUpTarget
  readonly limits: Limits
}

/** What the policy says of it by a risk. */
export type Decide = (risk: Risk) => Promise<PolicyDecision>

/** The inventory is asked at most once. */
export const decidingBy = (rules: Policy, subject: Subject, looking: Looking): Decide => {
  const { tool, args, target, call } = subject.asked
  let known: Promise<KnownTarget | undefined> | undefined
  const about = { tool: tool.name, target: target?.name, look: () => (known ??= knownTarget(subject, looking)) }
  return async (risk) => {
    const given = await decideByPolicy(rules, { ...about, risk, args })
    const plain = await tool.plain?.(args, call)
    if (!plain) return given
    return strictest(given, await decideByPolicy(rules, { ...about, risk, args: { ...args, ...plain } }))
  }
}

/** Why it is denied whatever its risk turns out to be; undefined when it might be let through. */
export const denialOf = async (decide: Decide): Promise<PolicyDecision | undefined> => {
  let last: PolicyDecision | undefined
  for (const risk of Object.keys(RISKS) as Risk[]) {
    last = await decide(risk)
    if (last.decision !== 'deny') return undefined
  }
  return last
}

const strictest = (one: PolicyDecision, other: PolicyDecision): PolicyDecision =>
  DECISIONS.indexOf(one.decision) >= DECISIONS.indexOf(other.decision) ? one : other

const knownTarget = async (
  { asked: { target, call }, connection }: Subject,
  { look, limits: { lookupMs } }: Looking,
): Promise<KnownTarget | undefined> => {
  if (!target) return undefined
  if (target.labels) return { names: [target.name], labels: target.labels }
  if (!connection) return undefined
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(lookupMs)])
  return await look(connection, target.name, signal).catch(() => undefined)
}
