/** Owns what of tunnels goes into the audit trail: that they are opened, refused and ended, and for whom. */
import { shown, type TunnelSpec } from '@towline/protocol'
import { report, type ReportDeps } from '../access/report.ts'
import type { TunnelEntry } from './entry.ts'
import type { Host } from './host.ts'

type Opener = Pick<Host, 'principal' | 'about'>

const agentOf = ({ about }: Opener) => ({ agent: about.agent })

export const reportCreated = (deps: ReportDeps, { opener, tunnel }: TunnelEntry): void => {
  const { id: target, name, kind, url } = tunnel
  report(deps, opener.principal, { action: 'tunnel.create', target, ...agentOf(opener), details: { name, kind, url } })
}

/** What was asked for, and what it was refused with. */
export interface RefusedOpen {
  readonly spec: TunnelSpec
  readonly error: unknown
}

export const reportRefused = (deps: ReportDeps, opener: Opener, { spec, error }: RefusedOpen): void => {
  const details = { kind: shown(String(spec.kind)) }
  const target = typeof spec.name === 'string' ? { target: shown(spec.name) } : {}
  report(deps, opener.principal, { action: 'tunnel.create', ...target, ...agentOf(opener), details, error })
}

/** One that was cut is in the record of the cut. */
export const reportDeleted = (deps: ReportDeps, { opener, tunnel }: TunnelEntry, cause: string): void => {
  if (cause === 'cut') return
  const { id: target, name } = tunnel
  report(deps, opener.principal, { action: 'tunnel.delete', target, ...agentOf(opener), details: { name, cause } })
}
