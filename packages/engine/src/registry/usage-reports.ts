/** Owns telling the authority what projects use: now and then, and once more when a tunnel goes. */
import type { Authority, Limits, Metric } from '@towline/protocol'
import type { TunnelEntry } from './entry.ts'

export interface UsageReportsDeps {
  readonly authority: Pick<Authority, 'count'>
  readonly limits: Limits
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** Bytes are only added up while they pass; this looks at the sums. */
export class UsageReports {
  readonly #deps: UsageReportsDeps
  #toldAt: number

  constructor(deps: UsageReportsDeps) {
    this.#deps = deps
    this.#toldAt = deps.clock()
  }

  /** Does nothing until usageReportMs have passed. */
  tick(entries: Iterable<TunnelEntry>): void {
    const now = this.#deps.clock()
    if (now - this.#toldAt < this.#deps.limits.usageReportMs) return
    const seconds = Math.floor((now - this.#toldAt) / 1000)
    this.#toldAt += seconds * 1000
    const sums = new Map<string, Map<Metric, number>>()
    for (const entry of entries) add(sums, entry, entry.online ? seconds : 0)
    this.#tell(sums)
  }

  /** What a tunnel that goes has used. */
  last(entry: TunnelEntry): void {
    const sums = new Map<string, Map<Metric, number>>()
    add(sums, entry, Math.floor((this.#deps.clock() - this.#toldAt) / 1000))
    this.#tell(sums)
  }

  #tell(sums: ReadonlyMap<string, ReadonlyMap<Metric, number>>): void {
    const at = Math.floor(this.#deps.clock() / 1000)
    for (const [projectId, metrics] of sums) {
      for (const [metric, value] of metrics) this.#deps.authority.count({ projectId, at, metric, value })
    }
  }
}

/** One call of the authority for each project and metric, however many tunnels there are. */
const add = (sums: Map<string, Map<Metric, number>>, { tunnel, meter }: TunnelEntry, tunnelSeconds: number): void => {
  for (const [metric, value] of Object.entries({ ...meter.takeUsed(), tunnelSeconds })) {
    if (value === 0) continue
    const project = sums.get(tunnel.projectId) ?? new Map<Metric, number>()
    project.set(metric as Metric, (project.get(metric as Metric) ?? 0) + value)
    sums.set(tunnel.projectId, project)
  }
}
