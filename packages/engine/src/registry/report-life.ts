/** Owns what of tunnels goes into the audit trail: that they are opened, refused and ended, and for whom. */
import { AGENT_LABELS, type AgentClaim, shown, type TunnelSpec } from '@towline/protocol'
import { report, type ReportDeps } from '../access/report.ts'
import type { TunnelEntry } from './entry.ts'
import type { Host } from './host.ts'

type Opener = Pick<Host, 'principal' | 'about'>

const agentOf = ({ about }: Opener) => ({ agent: about.agent })

/** The agent that labels name; those of an open that is refused may be anything. */
const claimOf = (labels: unknown): AgentClaim | undefined => {
  if (typeof labels !== 'object' || labels === null) return undefined
  const { [AGENT_LABELS.name]: name, [AGENT_LABELS.thread]: thread } = labels as Readonly<Record<string, unknown>>
  if (typeof name !== 'string') return undefined
  return { name: shown(name), ...(typeof thread === 'string' && { thread: shown(thread) }) }
}

export const reportCreated = (deps: ReportDeps, { opener, tunnel }: TunnelEntry): void => {
  const { id: target, name, kind, url, labels } = tunnel
  const deed = { action: 'tunnel.create', target, ...agentOf(opener), details: { name, kind, url } }
  report(deps, opener.principal, { ...deed, claim: claimOf(labels) })
}

/** What was asked for, and what it was refused with. */
export interface RefusedOpen {
  readonly spec: TunnelSpec
  readonly error: unknown
}

export const reportRefused = (deps: ReportDeps, opener: Opener, { spec, error }: RefusedOpen): void => {
  const details = { kind: shown(String(spec.kind)) }
  const target = typeof spec.name === 'string' ? { target: shown(spec.name) } : {}
  const deed = { action: 'tunnel.create', ...target, ...agentOf(opener), details, error }
  report(deps, opener.principal, { ...deed, claim: claimOf(spec.labels) })
}

/** One that was cut is in the record of the cut. */
export const reportDeleted = (deps: ReportDeps, { opener, tunnel }: TunnelEntry, cause: string): void => {
  if (cause === 'cut') return
  const { id: target, name, labels } = tunnel
  const deed = { action: 'tunnel.delete', target, ...agentOf(opener), details: { name, cause } }
  report(deps, opener.principal, { ...deed, claim: claimOf(labels) })
}
