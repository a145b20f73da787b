/** Owns the seam between frames and the services of a machine: what a host may ask of whoever opens tunnels for it. */
import type { Exposure, ExposeRequest, ProbeRequest, ServiceAnswer } from '@towline/protocol'
import type { Party } from '../session/rights.ts'

/** Opens tunnels to services of this machine, and keeps them. Rejects with AppError: PORT_SILENT, EXPOSE_HOST_REFUSED, LIMIT_REACHED… */
export interface Exposer {
  /** Answers once the tunnel is open; the one of `by` with this id and the same request is answered as it is. */
  expose(request: ExposeRequest, by?: Party): Promise<Exposure>
  /** Those that `by` has a right to: open ones, and what ended by itself lately. */
  list(by?: Party): readonly Exposure[]
  /** Ends one; what has ended is answered as it ended. EXPOSURE_UNKNOWN. */
  stop(id: string, by?: Party): Exposure
  /** What a service answers here. A service that does not is no error. */
  probe(request: ProbeRequest): Promise<ServiceAnswer>
}
