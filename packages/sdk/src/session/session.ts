/** Owns a process's connection to its engine over time: linked, lost, linked again, with all its tunnels. */
import { pause } from '@towline/base'
import {
  AppError,
  type Channel,
  type Hello,
  type Labels,
  type Limits,
  parseTow,
  type Tunnel,
  type TunnelSpec,
  type Welcome,
} from '@towline/protocol'
import { connectLink, type TransportChoice } from '../link/connect.ts'
import { orAbort } from '../link/deadline.ts'
import { type Server, type ServerOptions, serverOf } from '../link/server.ts'
import { Token, type TokenSource } from '../link/token-source.ts'
import { retryDelayMs } from './backoff.ts'
import { type Feed, Source } from './feed.ts'
import { endsSession } from './final.ts'
import { helloOf } from './hello.ts'
import { Hosted, type HostedTunnel, type Serve } from './hosted-tunnel.ts'
import { Lanes } from './lanes.ts'
import { LiveLink } from './live-link.ts'

export interface SessionOptions extends ServerOptions {
  readonly token: TokenSource
  /** Slug of the project that is meant; a person's login may reach several. */
  readonly project?: string | undefined
  /** Product and version, such as `my-app/1.2.0`. */
  readonly agent?: string | undefined
  /** Of this client, in inventories. */
  readonly labels?: Labels | undefined
  readonly transport?: TransportChoice | undefined
  /** Keep trying also before the first link stands, as long as the cause may pass. */
  readonly persist?: boolean | undefined
  /** Ends the session. */
  readonly signal?: AbortSignal | undefined
  /** 0 to below 1; for tests. */
  readonly random?: (() => number) | undefined
}

/** Where a session stands. `attempt` counts from 1 since the last link. */
export type SessionState =
  | { readonly status: 'connecting' | 'reconnecting'; readonly attempt: number }
  | { readonly status: 'online'; readonly welcome: Welcome }
  | { readonly status: 'disconnected'; readonly error: AppError; readonly retryInMs: number }
  /** Without an error we closed it. */
  | { readonly status: 'closed'; readonly error?: AppError }

/** See the file's head. It begins to connect at once. */
export class Session {
  readonly #options: SessionOptions
  readonly #server: Server
  readonly #token: Token
  readonly #states: Source<SessionState>
  readonly #hosted = new Set<Hosted>()
  /** Every link whose connections are not over, the draining ones too, with its lanes. */
  readonly #links = new Map<LiveLink, Lanes>()
  readonly #ending = new AbortController()
  readonly #running: Promise<void>
  #state: SessionState = { status: 'connecting', attempt: 1 }
  #link: LiveLink | undefined
  #everOnline = false
  /** A token that is refused again after it was renewed is refused for good. */
  #renewed = false
  #closing: Promise<void> | undefined

  constructor(options: SessionOptions) {
    this.#options = options
    this.#server = serverOf(options)
    this.#token = new Token(options.token)
    this.#states = new Source(this.limits.sdkStates, () => [this.#state])
    this.#running = this.#run()
    const { signal } = options
    if (signal?.aborted) void this.close()
    else signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  get limits(): Limits {
    return this.#server.limits
  }

  get state(): SessionState {
    return this.#state
  }

  /** A loop hears the present state first, then every change. */
  get states(): Feed<SessionState> {
    return this.#states
  }

  get tunnels(): readonly HostedTunnel[] {
    return [...this.#hosted]
  }

  /** Resolves when a link stands. Rejects with why the session is closed, or with the signal's reason. */
  async online(signal?: AbortSignal): Promise<void> {
    await this.#linked(signal)
  }

  /** Opens a tunnel and keeps it open. Rejects with the engine's refusal; nothing is left open then. */
  async open(spec: TunnelSpec, serve: Serve, signal?: AbortSignal): Promise<HostedTunnel> {
    const { limits } = this
    const random = this.#options.random ?? Math.random
    const hosted = new Hosted({ spec, serve, limits, random, onClosed: (over) => this.#hosted.delete(over) })
    const abandon = (): void => hosted.close()
    signal?.addEventListener('abort', abandon, { once: true })
    try {
      await this.#openFirst(hosted, signal)
      if (this.#ending.signal.aborted) hosted.close()
      this.#hosted.add(hosted)
      if (hosted.status === 'closed') throw (await hosted.closed) ?? signal?.reason ?? closedByUs()
      return hosted
    } finally {
      signal?.removeEventListener('abort', abandon)
      if (hosted.status === 'closed') this.#hosted.delete(hosted)
    }
  }

  /**
   * A stream to a private tunnel, `tow://name`, name or id. Bytes may be written at once; a refusal comes as a reset. It is
   * paused: set its sink in the same turn. Waits for a link at most holdMs; rejects with why there is none.
   */
  async dial(address: string, signal?: AbortSignal): Promise<Channel> {
    const name = parseTow(address)
    if (this.#link) return this.#link.dial(name)
    const wait = AbortSignal.timeout(this.limits.holdMs)
    const link = await this.#linked(signal ? AbortSignal.any([signal, wait]) : wait).catch((error: unknown) => {
      if (wait.aborted && !signal?.aborted) throw this.#whyOffline()
      throw error
    })
    return link.dial(name)
  }

  /** Removes the tunnels at once, says goodbye, and resolves when the connections are over. */
  close(): Promise<void> {
    this.#closing ??= this.#close(undefined)
    return this.#closing
  }

  readonly #onAbort = (): void => void this.close()

  async #close(error: AppError | undefined): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
    this.#ending.abort()
    for (const hosted of [...this.#hosted]) {
      if (error) hosted.end(error)
      else hosted.close()
    }
    const links = [...this.#links]
    this.#link = undefined
    this.#tell(error ? { status: 'closed', error } : { status: 'closed' })
    this.#states.end()
    await Promise.all(links.flatMap(([link, lanes]) => [lanes.close(), link.leave()]))
    if (!error) await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending
    let failures = 0
    while (!signal.aborted) {
      if (failures > 0 || this.#everOnline)
        this.#tell({ status: this.#everOnline ? 'reconnecting' : 'connecting', attempt: failures + 1 })
      let lost: AppError
      try {
        const link = await this.#connect(signal)
        failures = 0
        lost = await link.lost
      } catch (error) {
        if (signal.aborted) return
        lost = asAppError(error)
      }
      if (signal.aborted) return
      const told = await this.#renew(lost)
      if (told === undefined) continue
      lost = told
      if (this.#isOver(lost)) return void (this.#closing ??= this.#close(lost))
      failures++
      const retryInMs = retryDelayMs(failures, this.limits, this.#options.random)
      this.#tell({ status: 'disconnected', error: lost, retryInMs })
      await pause(retryInMs, signal)
    }
  }

  /** Undefined when a refused token was renewed, else why there is no link: the reason of the token's source comes first. */
  async #renew(lost: AppError): Promise<AppError | undefined> {
    if (this.#renewed) return lost
    try {
      this.#renewed = await this.#token.renew(lost)
      return this.#renewed ? undefined : lost
    } catch (error) {
      return asAppError(error)
    }
  }

  #isOver(error: AppError): boolean {
    if (this.#everOnline) return endsSession(error)
    return !this.#options.persist || !error.row.retryable
  }

  /** A link after its welcome; `lost` resolves when it is no longer the one to use. */
  async #connect(signal: AbortSignal): Promise<{ readonly lost: Promise<AppError> }> {
    const hello = async (): Promise<Hello> => helloOf(this.#options, await this.#token.get())
    const own = await orAbort(hello(), signal)
    const connect = (ending: AbortSignal): Promise<Channel> =>
      connectLink(this.#server, this.#options.transport ?? 'auto', ending)
    const channel = await connect(signal)
    if (signal.aborted) channel.reset()
    signal.throwIfAborted()
    let lose = (_reason: AppError): void => {}
    const lost = new Promise<AppError>((done) => {
      lose = done
    })
    const { limits } = this
    const about = { url: this.#server.url, limits }
    const lanes = new Lanes({ ...about, hello, connect, primary: () => link })
    const link: LiveLink = new LiveLink({
      ...about,
      hello: own,
      onLaneWanted: (clientId) => void lanes.open(clientId),
      onGoAway: () => this.#release(link, lose, new AppError('SHUTTING_DOWN')),
      onClosed: (reason) => {
        void lanes.close().then(() => this.#links.delete(link))
        this.#release(link, lose, reason)
      },
    })
    this.#links.set(link, lanes)
    link.start(channel)
    const welcome = await orAbort(link.welcomed, signal)
    this.#adopt(link, welcome)
    return { lost }
  }

  #adopt(link: LiveLink, welcome: Welcome): void {
    if (link.closed) return
    this.#link = link
    this.#everOnline = true
    this.#renewed = false
    this.#tell({ status: 'online', welcome })
    for (const hosted of this.#hosted) this.#reopen(hosted, link)
  }

  #reopen(hosted: Hosted, link: LiveLink): void {
    hosted
      .reopen(link)
      .catch((error: unknown) => hosted.end(new AppError('INTERNAL', { id: String(error) }, { cause: error })))
  }

  #release(link: LiveLink, lose: (reason: AppError) => void, reason: AppError): void {
    lose(reason)
    if (this.#link !== link) return
    this.#link = undefined
    for (const hosted of this.#hosted) hosted.lost()
  }

  async #linked(signal?: AbortSignal): Promise<LiveLink> {
    if (this.#link) return this.#link
    for await (const state of this.#states.values(signal)) {
      if (state.status === 'closed') throw state.error ?? closedByUs()
      if (this.#link) return this.#link
    }
    signal?.throwIfAborted()
    throw this.#state.status === 'closed' && this.#state.error ? this.#state.error : closedByUs()
  }

  async #openFirst(hosted: Hosted, signal?: AbortSignal): Promise<Tunnel> {
    for (;;) {
      const link = await this.#linked(signal)
      try {
        await (signal ? orAbort(hosted.open(link), signal) : hosted.open(link))
        if (!link.closed) return hosted.tunnel
      } catch (error) {
        if (!(error instanceof AppError && error.code === 'TUNNEL_OFFLINE')) throw error
      }
    }
  }

  #whyOffline(): AppError {
    return this.#state.status === 'disconnected'
      ? this.#state.error
      : new AppError('SERVER_UNREACHABLE', { url: this.#server.url, problem: 'there is no link right now' })
  }

  #tell(state: SessionState): void {
    this.#state = state
    this.#states.tell(state)
  }
}

const asAppError = (error: unknown): AppError =>
  error instanceof AppError ? error : new AppError('INTERNAL', { id: String(error) }, { cause: error })

const closedByUs = (): AppError => new AppError('SESSION_CLOSED')

/** Begins to connect and answers at once; `online()` waits. Throws TARGET_INVALID or OPTION_INVALID. */
export const openSession = (options: SessionOptions): Session => new Session(options)
