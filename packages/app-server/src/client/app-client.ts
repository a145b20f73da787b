/** Owns the client side of an app-server: requests, answers to what it asks, and going on after the connection broke. */
import { pause } from '@towline/base'
import { AppError, LIMITS, type Limits, type UpstreamReturn } from '@towline/protocol'
import type { AppClientOptions } from './app-client-options.ts'
import { AppConnection } from './app-connection.ts'
import { type AppNotification, type AppServerInfo, serverInfo } from './app-messages.ts'
import { isOverload } from './is-overload.ts'
import { Questions } from './questions.ts'
import { retryDelay } from './retry-delay.ts'
import { WatchedThreads } from './watched-threads.ts'

export interface RequestOptions {
  /** Deadline; `appClientRequestMs` otherwise. */
  readonly ms?: number
  readonly signal?: AbortSignal
  /** May be asked twice: sent again when the connection breaks before the answer. */
  readonly repeat?: true
  /** Hears of the result before anything that comes after it. */
  readonly onResult?: (result: unknown) => void
}

export interface AppClient {
  /** What the server said of itself, the last time. */
  readonly server: AppServerInfo
  /**
   * Waits for a connection when there is none. Threads that are started, resumed or forked are watched from then on. Rejects with
   * what the server answered (a row of ours, or APP_SERVER_ERROR), APP_SERVER_LOST, APP_SERVER_SILENT, or the signal's reason.
   */
  request<Result = unknown>(method: string, params?: object, options?: RequestOptions): Promise<Result>
  /** Nothing is told after. */
  close(): void
}

/** Rejects when the first connection does not come about; later ones are opened again until `close`. */
export const openAppClient = async (options: AppClientOptions): Promise<AppClient> => {
  const client = new Client(options)
  await client.open()
  return client
}

class Client implements AppClient {
  server: AppServerInfo = serverInfo({})
  readonly #options: AppClientOptions
  readonly #limits: Limits
  readonly #random: () => number
  readonly #ending = new AbortController()
  readonly #questions: Questions
  readonly #threads: WatchedThreads
  #connection: AppConnection | undefined
  #lastId = 0
  /** Of the last that was told in the session of a relay. */
  #seq = 0
  /** Settles when requests may be sent, or never will. */
  #online: Promise<void> = Promise.resolve()
  #settleOnline: () => void = () => {}

  constructor(options: AppClientOptions) {
    this.#options = options
    this.#limits = options.limits ?? LIMITS
    this.#random = options.random ?? Math.random
    this.#questions = new Questions(options.onRequest ?? (() => undefined), this.#limits)
    this.#threads = new WatchedThreads({
      pass: (told) => this.#pass(told),
      onThread: (thread) => options.onThread?.(thread),
      onThreadLost: (threadId, error) => options.onThreadLost?.(threadId, error),
      limits: this.#limits,
    })
  }

  async open(): Promise<void> {
    this.#offline()
    try {
      await this.#connect()
    } catch (error) {
      this.close()
      throw error
    }
    this.#nowOnline()
  }

  async request<Result>(method: string, params?: object, options: RequestOptions = {}): Promise<Result> {
    const { ms = this.#limits.appClientRequestMs, repeat } = options
    const signal = AbortSignal.any([this.#ending.signal, ...(options.signal ? [options.signal] : [])])
    for (let tries = 1; ; tries += 1) {
      await this.#waitOnline(method, ms, signal)
      const connection = this.#connection as AppConnection
      try {
        const onResult = (result: unknown): void => {
          this.#threads.noteResult(method, params, result)
          options.onResult?.(result)
        }
        return (await connection.request(method, params, { ms, signal, onResult })) as Result
      } catch (error) {
        if (!this.#again(error, tries, repeat)) throw this.#why(error, method)
        if (isOverload(error)) await pause(retryDelay(tries, this.#limits, this.#random), signal)
      }
    }
  }

  close(): void {
    if (this.#ending.signal.aborted) return
    this.#end()
  }

  #end(error?: AppError): void {
    this.#ending.abort(error)
    this.#connection?.close()
    this.#questions.close()
    this.#settleOnline()
    this.#options.onState?.({ status: 'closed', ...(error && { error }) })
  }

  #again(error: unknown, tries: number, repeat: boolean | undefined): boolean {
    if (this.#ending.signal.aborted || !(error instanceof AppError)) return false
    if (isOverload(error)) return tries < this.#limits.appClientOverloadTries
    return repeat === true && error.code === 'APP_SERVER_LOST'
  }

  #why(error: unknown, method: string): unknown {
    if (!this.#ending.signal.aborted) return error
    return (this.#ending.signal.reason as unknown) instanceof AppError
      ? this.#ending.signal.reason
      : new AppError('APP_SERVER_LOST', { method })
  }

  async #waitOnline(method: string, ms: number, signal: AbortSignal): Promise<void> {
    const given = new AbortController()
    try {
      await Promise.race([this.#online, pause(ms, AbortSignal.any([signal, given.signal]))])
    } finally {
      given.abort()
    }
    if (signal.aborted) throw this.#why(signal.reason, method)
    if (!this.#connection || this.#connection.isClosed) throw new AppError('APP_SERVER_LOST', { method })
  }

  #offline(): void {
    this.#online = new Promise((done) => {
      this.#settleOnline = done
    })
  }

  #nowOnline(): void {
    this.#settleOnline()
    this.#options.onState?.({ status: 'online' })
  }

  /** Until hello was said, and all watched threads were taken up. */
  async #connect(): Promise<void> {
    const { connect, clientInfo, capabilities = {} } = this.#options
    const { signal } = this.#ending
    const wire = await connect(signal)
    if (signal.aborted) return wire.close()
    const connection: AppConnection = new AppConnection(wire, {
      nextId: () => ++this.#lastId,
      notification: (told) => this.#notified(told),
      question: (id, method, params) =>
        this.#questions.ask({ id, method, params }, (answer) => connection.answer(answer)),
      nonsense: () => this.#options.log.warn('the app-server sent something that is no message'),
      closed: () => this.#lost(connection),
    })
    try {
      const ms = this.#limits.appClientConnectMs
      const hello = { clientInfo, capabilities: { experimentalApi: true, ...capabilities }, ...this.#return() }
      this.server = serverInfo(await connection.request('initialize', hello, { ms, signal }))
      connection.notify('initialized')
      if (!this.#resumed()) await this.#threads.takeUp(connection, { replays: this.server.towline !== undefined })
    } catch (error) {
      connection.close()
      throw error
    }
    if (connection.isClosed) throw new AppError('APP_SERVER_LOST', { method: 'initialize' })
    this.#connection = connection
  }

  /** A relay holds the session of who comes back, and tells all that was missed. */
  #return(): { readonly towline?: UpstreamReturn } {
    const session = this.server.towline?.session
    return session === undefined ? {} : { towline: { session, afterSeq: this.#seq } }
  }

  #resumed(): boolean {
    const { resumed = false, sessionSeq = 0 } = this.server.towline ?? {}
    if (!resumed) this.#seq = sessionSeq
    return resumed
  }

  #lost(connection: AppConnection): void {
    // While it is being opened, whoever opens it sees that.
    if (connection !== this.#connection || this.#ending.signal.aborted) return
    this.#connection = undefined
    this.#offline()
    void this.#reconnect()
  }

  async #reconnect(): Promise<void> {
    const { signal } = this.#ending
    let last: AppError | undefined
    for (let failures = 0; !signal.aborted; failures += 1) {
      const ms = failures === 0 ? 0 : retryDelay(failures, this.#limits, this.#random)
      const state = { status: 'reconnecting', attempt: failures + 1, ...(last && { error: last }) } as const
      this.#options.onState?.({ ...state, ...(ms > 0 && { retryInMs: Math.round(ms) }) })
      await pause(ms, signal)
      if (signal.aborted) return
      try {
        await this.#connect()
        return this.#nowOnline()
      } catch (error) {
        if (signal.aborted) return
        last = error instanceof AppError ? error : undefined
        if (!last) this.#options.log.error({ err: error }, 'connecting to the app-server broke')
        if (last && isFinal(last)) return this.#end(last)
      }
    }
  }

  #notified(told: AppNotification): void {
    this.#seq = Math.max(this.#seq, told.seq ?? 0)
    const { requestId } = told.params as { readonly requestId?: string | number }
    if (told.method === 'serverRequest/resolved' && requestId !== undefined) this.#questions.resolved(requestId)
    this.#threads.hear(told)
  }

  #pass(told: AppNotification): void {
    if (this.#ending.signal.aborted) return
    try {
      this.#options.onNotification(told)
    } catch (error) {
      // Of another shape than whoever hears it knows: the others are heard.
      this.#options.log.warn(
        { err: error, method: told.method },
        'the app-server told something that was not understood',
      )
    }
  }
}

/** Trying again would only be refused again. What is away, such as a tunnel whose machine sleeps, may come back. */
const isFinal = (error: AppError): boolean =>
  error.details['rpc'] === undefined && (error.row.exit === 2 || error.row.exit === 4)
