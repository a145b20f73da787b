/** Owns all managed tunnels of a supervisor: opening, listing, ending and expiring them, and remembering those that ended. */
import { connectBytes, newId } from '@towline/base'
import { AppError, type Limits } from '@towline/protocol'
import type { Env } from '../context/home.ts'
import { forward } from '../tunnel/forward.ts'
import { type ExposePlan, planExpose } from './expose-plan.ts'
import { type ExposeRequest, isLive, type LocalStopped, type LocalTunnel } from './local-tunnel.ts'
import { ManagedTunnel } from './managed-tunnel.ts'

export interface ManagedTunnelsOptions {
  readonly agent: string
  readonly limits: Limits
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  /** Of the supervisors before. */
  readonly ended: readonly LocalTunnel[]
  /** Keeps what {@link ManagedTunnels.all} tells. */
  readonly save: () => Promise<void>
  /** For tests. */
  readonly forward?: typeof forward | undefined
}

export interface Exposing {
  readonly request: ExposeRequest
  /** Where server, project and credential are found. */
  readonly env: Env
  readonly signal: AbortSignal
}

export class ManagedTunnels {
  readonly #options: ManagedTunnelsOptions
  readonly #live = new Map<string, ManagedTunnel>()
  #ended: readonly LocalTunnel[]
  #closed = false

  constructor(options: ManagedTunnelsOptions) {
    this.#options = options
    this.#ended = options.ended
  }

  get count(): number {
    return this.#live.size
  }

  /** Those that serve or try to, then those that ended, the last one first. */
  all(): readonly LocalTunnel[] {
    return [...[...this.#live.values()].map(({ told }) => told), ...this.#ended]
  }

  /**
   * Answers when it is online, or the one that serves the same request already. Rejects before anything is there with what
   * planExpose throws, IDEMPOTENCY_CONFLICT, LOCAL_NAME_HELD, LIMIT_REACHED and PORT_SILENT; and with the server's refusal.
   */
  async expose({ request, env, signal }: Exposing): Promise<LocalTunnel> {
    const { limits } = this.#options
    const plan = await planExpose(request, env, limits)
    const found = this.#same(plan) ?? (await this.#probed(plan))
    const tunnel = found ?? this.#same(plan) ?? this.#open(plan)
    const told = await tunnel.online(signal)
    // What was lost is back.
    this.#ended = this.#ended.filter((one) => one.status !== 'lost' || !sameName(tunnel, one))
    await this.#options.save()
    return told
  }

  /** By id; a live one also by its name or tunnel id. Rejects with LOCAL_UNKNOWN. */
  async stop(id: string): Promise<LocalStopped> {
    const live =
      this.#live.get(id) ?? [...this.#live.values()].find(({ told }) => [told.tunnelId, told.name].includes(id))
    const before = live?.told ?? this.#ended.find((tunnel) => tunnel.id === id)
    if (!before) throw new AppError('LOCAL_UNKNOWN', { id })
    if (live) await live.end('stopped')
    else this.#ended = stopRecord(this.#ended, id)
    await this.#options.save()
    return stoppedOf(before)
  }

  async stopAll(): Promise<readonly LocalStopped[]> {
    const ids = this.all().filter(({ status }) => status !== 'stopped')
    return await Promise.all(ids.map(({ id }) => this.stop(id)))
  }

  /** Ends what has expired, and forgets what ended long ago. */
  sweep(): void {
    const now = this.#options.clock() / 1000
    for (const tunnel of this.#live.values()) {
      const { expiresAt } = tunnel.told
      if (expiresAt !== undefined && expiresAt <= now) void tunnel.end('expired', 'its time was over')
    }
    const kept = this.#ended.filter(({ endedAt = 0 }) => endedAt + this.#options.limits.localEndedSeconds > now)
    if (kept.length === this.#ended.length) return
    this.#ended = kept
    void this.#save()
  }

  /** Tells all of them lost at once, which is for the caller to save; `done` resolves when they have ended. */
  close(reason: string): { readonly done: Promise<unknown> } {
    this.#closed = true
    return { done: Promise.all([...this.#live.values()].map((tunnel) => tunnel.end('lost', reason))) }
  }

  /** The live one of the same id, or of the same name at the same server. */
  #same(plan: ExposePlan): ManagedTunnel | undefined {
    const byId = plan.id === undefined ? undefined : this.#live.get(plan.id)
    if (byId && byId.plan.fingerprint !== plan.fingerprint) throw new AppError('IDEMPOTENCY_CONFLICT')
    if (byId) return byId
    const { name } = plan.spec
    const wanted = { name, server: plan.connection.url, project: plan.connection.project }
    const namesake = [...this.#live.values()].find((tunnel) => name !== undefined && sameName(tunnel, wanted))
    if (namesake && namesake.plan.fingerprint !== plan.fingerprint)
      throw new AppError('LOCAL_NAME_HELD', { name: name ?? '', id: namesake.id })
    if (!namesake) this.#refuseMany()
    return namesake
  }

  #refuseMany(): void {
    const value = this.#options.limits.localTunnels
    if (this.#live.size >= value) throw new AppError('LIMIT_REACHED', { limit: 'localTunnels', value })
  }

  /** Rejects with PORT_SILENT. The service sees a connection without a byte. */
  async #probed({ target }: ExposePlan): Promise<undefined> {
    const { host, port, authority: address } = target
    try {
      const channel = await connectBytes({ host, port, timeoutMs: this.#options.limits.upstreamConnectMs })
      channel.reset()
    } catch (error) {
      const problem = isTimeout(error) ? 'it does not answer' : 'nothing listens there'
      throw new AppError('PORT_SILENT', { address, problem }, { cause: error })
    }
  }

  #open(plan: ExposePlan): ManagedTunnel {
    if (this.#closed) throw new AppError('LOCAL_GONE')
    const { agent, limits, clock, forward: open = forward } = this.#options
    const id = plan.id ?? newId('lcl')
    const onChange = (): void => this.#changed(tunnel)
    const tunnel = new ManagedTunnel({ ...{ id, plan, agent, limits, clock, onChange }, forward: open })
    this.#ended = this.#ended.filter((one) => one.id !== id)
    this.#live.set(id, tunnel)
    tunnel.start()
    return tunnel
  }

  #changed(tunnel: ManagedTunnel): void {
    const { id, told } = tunnel
    if (!isLive(told) && this.#live.get(id) === tunnel) {
      this.#live.delete(id)
      // Who asked hears why it failed; what never was online is not remembered.
      if (told.tunnelId !== undefined) this.#ended = [told, ...this.#ended].slice(0, this.#options.limits.localEnded)
    }
    void this.#save()
  }

  /** A disk that is full ends no tunnel. */
  async #save(): Promise<void> {
    await this.#options.save().catch(() => undefined)
  }
}

const isTimeout = (error: unknown): boolean => error instanceof AppError && error.code === 'UPSTREAM_TIMEOUT'

type Named = { readonly name?: string | undefined; readonly server: string; readonly project?: string | undefined }

const sameName = ({ told }: ManagedTunnel, { name, server, project }: Named): boolean =>
  told.name === name && told.server === server && told.project === project

const asStopped = ({ reason: _reason, code: _code, ...rest }: LocalTunnel): LocalTunnel => ({
  ...rest,
  status: 'stopped',
})

/** Of a record that nobody serves. */
export const stopRecord = (tunnels: readonly LocalTunnel[], id: string): readonly LocalTunnel[] =>
  tunnels.map((tunnel) => (tunnel.id === id ? asStopped(tunnel) : tunnel))

export const stoppedOf = ({ id, status, name, tunnelId }: LocalTunnel): LocalStopped => ({
  ...{ stopped: true, id, was: status },
  ...(name !== undefined && { name }),
  ...(tunnelId !== undefined && { tunnelId }),
})
