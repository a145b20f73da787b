/** Owns the services that a machine exposes: few, each with its owner, told apart by id, and all ended with the server. */
import { isDeepStrictEqual } from 'node:util'
import {
  AppError,
  type Exposure,
  type ExposeRequest,
  type Limits,
  LIMITS,
  type ProbeRequest,
  type ServiceAnswer,
  type TunnelSpec,
} from '@towline/protocol'
import type { HostedTunnel, Serve } from '@towline/sdk'
import type { Exposer, Party } from '@towline/webtty'
import { LiveExposure } from './live-exposure.ts'
import { planExposure } from './plan-exposure.ts'
import { probeService, refuseSilent } from './probe-service.ts'
import type { ServiceHosts } from './service-hosts.ts'
import { serveService } from './serve-service.ts'

export interface ExposuresOptions {
  readonly hosts: ServiceHosts
  /** Opens a tunnel on the server's own link, with its own credential. */
  readonly open: (spec: TunnelSpec, serve: Serve, signal: AbortSignal) => Promise<HostedTunnel>
  /** Name of the server, which no exposure may take. */
  readonly machine: () => string
  /** Of each that was opened, and of each that ended. */
  readonly onChange?: ((exposure: Exposure) => void) | undefined
  readonly limits?: Limits | undefined
}

/** See the file's head. */
export class Exposures implements Exposer {
  readonly #options: ExposuresOptions
  readonly #limits: Limits
  readonly #live = new Map<string, LiveExposure>()
  /** In the order of their ends. */
  readonly #ended = new Map<string, LiveExposure>()
  #closed = false

  constructor(options: ExposuresOptions) {
    this.#options = options
    this.#limits = options.limits ?? LIMITS
  }

  async expose(request: ExposeRequest, by?: Party): Promise<Exposure> {
    const known = this.#live.get(request.id)
    if (known) return await this.#again(known, request, by)
    const { exposures: most } = this.#limits
    if (this.#closed) throw new AppError('SHUTTING_DOWN')
    if (this.#live.size >= most) throw new AppError('LIMIT_REACHED', { limit: 'exposures', value: most })
    const exposure = this.#begin(request, by?.key)
    try {
      const opened = await exposure.opened
      this.#options.onChange?.(opened)
      return opened
    } catch (error) {
      if (this.#live.get(request.id) === exposure) this.#live.delete(request.id)
      throw error
    }
  }

  list(by?: Party): readonly Exposure[] {
    const since = Date.now() - this.#limits.exposureEndedMs
    const ended = [...this.#ended.values()].filter(
      ({ shown, endedAtMs }) => shown?.status !== 'stopped' && endedAtMs > since,
    )
    return [...ended, ...this.#live.values()]
      .filter((exposure) => mayReach(exposure, by))
      .map(({ shown }) => shown)
      .filter((shown) => shown !== undefined)
  }

  stop(id: string, by?: Party): Exposure {
    const exposure = this.#live.get(id) ?? this.#ended.get(id)
    if (!exposure || !mayReach(exposure, by)) throw new AppError('EXPOSURE_UNKNOWN', { id })
    exposure.stop('stopped')
    if (exposure.shown) return exposure.shown
    throw new AppError('EXPOSURE_UNKNOWN', { id })
  }

  async probe(request: ProbeRequest): Promise<ServiceAnswer> {
    return await probeService(request, this.#options.hosts)
  }

  /** Ends all. */
  close(): void {
    this.#closed = true
    for (const exposure of [...this.#live.values()]) exposure.stop('stopped')
  }

  async #again(known: LiveExposure, request: ExposeRequest, by: Party | undefined): Promise<Exposure> {
    if (!mayReach(known, by) || !isDeepStrictEqual(known.request, request))
      throw new AppError('EXPOSURE_CONFLICT', { id: request.id })
    await known.opened
    return known.shown as Exposure
  }

  #begin(request: ExposeRequest, owner: string | undefined): LiveExposure {
    const { hosts, open, machine } = this.#options
    const limits = this.#limits
    const taken = new Set([machine(), ...[...this.#live.values()].map(({ name = '' }) => name)])
    const plan = planExposure(request, { machine: machine(), taken, limits })
    const exposure = new LiveExposure({
      ...{ request, plan, owner, limits },
      open: async (signal) => {
        await refuseSilent(plan.service, hosts)
        signal.throwIfAborted()
        return await open(plan.spec, serveService(plan.service, hosts, limits), signal)
      },
      onEnded: (ended) => this.#shelve(ended),
    })
    this.#live.set(request.id, exposure)
    this.#ended.delete(request.id)
    return exposure
  }

  #shelve(exposure: LiveExposure): void {
    const { id } = exposure.request
    this.#live.delete(id)
    if (!exposure.shown) return
    this.#ended.set(id, exposure)
    for (const oldest of [...this.#ended.keys()].slice(0, -this.#limits.exposuresEnded)) this.#ended.delete(oldest)
    this.#options.onChange?.(exposure.shown)
  }
}

/** Where clients are told apart, each has its own; who controls the machine has all. */
const mayReach = ({ owner }: LiveExposure, by: Party | undefined): boolean =>
  !by || by.roles.includes('control') || by.key === owner

/** Refuses everything for one reason. */
export const noExposer = (code: 'EXPOSE_OFF' | 'EXPOSE_NEEDS_RELAY'): Exposer => {
  const refuse = (): never => {
    throw new AppError(code)
  }
  return { expose: async () => refuse(), list: refuse, stop: refuse, probe: async () => refuse() }
}
