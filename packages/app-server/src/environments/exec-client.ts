/**
 * Owns being the client of one exec-server: connects when something is asked, comes back to its session after a lost wire, and
 * asks again what was under way (docs/protocol/exec-server.md).
 */
import { pause } from '@towline/base'
import { AppError, LIMITS, type StartParams, type StartResult } from '@towline/protocol'
import type { z } from 'zod'
import { callRpc, resultBy, type RpcCalls, WireLost } from '../rpc/call-rpc.ts'
import { RpcError } from '../rpc/rpc-error.ts'
import type { Wire } from '../rpc/wire.ts'
import type { CommandSink } from './environment.ts'
import { dialExec, greetExec, lost, unreachable } from './exec-greeting.ts'
import { eventOf, KEPT, STARTED } from './exec-results.ts'
import { WatchedProcess } from './watched-process.ts'

export interface ExecClientOptions {
  /** A fresh wire; what it opened is gone again when the signal aborts first. */
  readonly connect: (signal: AbortSignal) => Promise<Wire>
  readonly connectMs?: number | undefined
  readonly initializeMs?: number | undefined
  /** Of every connection that was agreed on, and every one that ended. */
  readonly changed?: ((isConnected: boolean) => void) | undefined
}

export interface ExecClientStatus {
  readonly status: 'ready' | 'pending' | 'disconnected'
  readonly error?: string
}

/** A request: its method, params, and the shape of its answer. */
export type Ask<Result> = readonly [method: string, params: unknown, schema: z.ZodType<Result>]

export interface ExecClient {
  readonly status: ExecClientStatus
  /**
   * Asks again over a new wire when one is lost. Rejects with ENVIRONMENT_UNREACHABLE, ENVIRONMENT_LOST, ENVIRONMENT_SILENT,
   * LIMIT_REACHED, or what the server answered.
   */
  ask<Result>(...ask: Ask<Result>): Promise<Result>
  /** The same about a process, which is gone when its session is. */
  askSession<Result>(...ask: Ask<Result>): Promise<Result>
  /** `sink` is told from now on, before this settles too. */
  start(params: StartParams, sink: CommandSink): Promise<StartResult>
  /** Ends what runs there. */
  close(): Promise<void>
}

export const openExecClient = (options: ExecClientOptions): ExecClient => new Client(options)

class Client implements ExecClient {
  readonly #options: ExecClientOptions
  readonly #ending = new AbortController()
  readonly #processes = new Map<string, WatchedProcess>()
  #line: RpcCalls | undefined
  #connecting: Promise<RpcCalls> | undefined
  #sessionId: string | undefined
  #error: Error | undefined
  #asking = 0
  /** Wires that were lost since the last answer. */
  #losses = 0
  #wasConnected = false
  /** A process with a sandbox was started in one here. */
  #enforces = false

  constructor(options: ExecClientOptions) {
    this.#options = options
  }

  get status(): ExecClientStatus {
    if (this.#line) return { status: 'ready' }
    if (!this.#error && !this.#wasConnected) return { status: 'pending' }
    return { status: 'disconnected', ...(this.#error && { error: this.#error.message }) }
  }

  async ask<Result>(...[method, params, schema]: Ask<Result>): Promise<Result> {
    return await this.#asked(undefined, [method, params, schema])
  }

  async askSession<Result>(...ask: Ask<Result>): Promise<Result> {
    if (this.#sessionId === undefined) throw lost('it has no session there any more')
    return await this.#asked(this.#sessionId, ask)
  }

  async start(params: StartParams, sink: CommandSink): Promise<StartResult> {
    const { processId } = params
    const process = new WatchedProcess(processId, sink, {
      read: async (read) => {
        if (!this.#line) throw new WireLost()
        return resultBy(
          KEPT,
          'process/read',
          await this.#line.request('process/read', read, LIMITS.execClientRequestMs),
        )
      },
      over: () => this.#processes.delete(processId),
    })
    await this.#ready()
    this.#processes.set(processId, process)
    try {
      const started = await this.askSession('process/start', params, STARTED).catch((error: unknown) => {
        // Asked for before the wire was lost, and asked for again.
        if (!isThere(error)) throw error
        void process.catchUp()
        return { processId, sandboxType: this.#enforces ? ('linuxSeccomp' as const) : ('none' as const) }
      })
      process.isStarted = true
      if (started.sandboxType !== 'none') this.#enforces = true
      return started
    } catch (error) {
      this.#processes.delete(processId)
      throw error
    }
  }

  async close(): Promise<void> {
    if (this.#ending.signal.aborted) return
    const line = this.#line
    this.#ending.abort(lost('it was closed'))
    const running = line ? [...this.#processes.keys()] : []
    await Promise.allSettled(
      running.map(
        async (processId) => await line?.request('process/terminate', { processId }, LIMITS.execClientCloseMs),
      ),
    )
    this.#lose(lost('it was closed'))
    line?.close()
  }

  /** `sessionId`: only in that session. */
  async #asked<Result>(sessionId: string | undefined, [method, params, schema]: Ask<Result>): Promise<Result> {
    this.#asking += 1
    try {
      for (;;) {
        const line = await this.#ready()
        if (sessionId !== undefined && sessionId !== this.#sessionId)
          throw lost('the machine has ended the session of its process')
        try {
          const result = await line.request(method, params, LIMITS.execClientRequestMs)
          this.#losses = 0
          return resultBy(schema, method, result)
        } catch (error) {
          if (!(error instanceof WireLost)) throw error
        }
      }
    } finally {
      this.#asking -= 1
    }
  }

  async #ready(): Promise<RpcCalls> {
    this.#ending.signal.throwIfAborted()
    return this.#line ?? (await (this.#connecting ??= this.#settled(this.#connect())))
  }

  async #settled(connecting: Promise<RpcCalls>): Promise<RpcCalls> {
    try {
      return await connecting
    } catch (error) {
      this.#error = error as Error
      throw error
    } finally {
      this.#connecting = undefined
    }
  }

  /** Comes back, for as long as the machine keeps what runs there. */
  async #recover(): Promise<RpcCalls> {
    if (this.#losses >= LIMITS.execClientLosses) throw this.#gaveUp(lost('it breaks off again and again'))
    if (this.#losses > 1)
      await pause(
        Math.min(LIMITS.execClientRetryMs * 2 ** this.#losses, LIMITS.execClientRetryMsMost),
        this.#ending.signal,
      )
    const until = Date.now() + LIMITS.execClientResumeMs
    for (let waitMs: number = LIMITS.execClientRetryMs; ; waitMs = Math.min(waitMs * 2, LIMITS.execClientRetryMsMost)) {
      try {
        return await this.#connect()
      } catch (error) {
        if (!this.#ending.signal.aborted && Date.now() + waitMs < until) await pause(waitMs, this.#ending.signal)
        else throw this.#gaveUp(error as Error)
      }
    }
  }

  #gaveUp(error: Error): Error {
    this.#losses = 0
    this.#sessionId = undefined
    this.#lose(error instanceof AppError && error.code === 'ENVIRONMENT_LOST' ? error : lost(error.message))
    return error
  }

  async #connect(): Promise<RpcCalls> {
    const { connect, connectMs, initializeMs } = this.#options
    const wire = await dialExec({ connect, connectMs, ending: this.#ending.signal })
    let line: RpcCalls | undefined
    try {
      line = callRpc(wire, {
        notified: (method, params) => this.#notified(method, params),
        closed: () => this.#closed(line),
      })
      this.#sessionId = await greetExec(line, {
        ...{ sessionId: this.#sessionId, initializeMs },
        gone: () => {
          this.#sessionId = undefined
          this.#lose(lost('the machine has ended its session'))
        },
      })
    } catch (error) {
      wire.close()
      if (error instanceof AppError || this.#ending.signal.aborted) throw error
      throw unreachable((error as Error).message)
    }
    this.#line = line
    this.#error = undefined
    this.#wasConnected = true
    this.#options.changed?.(true)
    for (const process of this.#processes.values()) if (process.isStarted) void process.catchUp()
    return line
  }

  #notified(method: string, params: unknown): void {
    const event = eventOf(method, params)
    if (!event) return
    this.#losses = 0
    this.#processes.get(event[1].processId)?.heard(event)
  }

  #closed(line: RpcCalls | undefined): void {
    if (!line || this.#line !== line) return
    this.#line = undefined
    this.#losses += 1
    this.#options.changed?.(false)
    if (this.#ending.signal.aborted || (this.#processes.size === 0 && this.#asking === 0)) return
    this.#connecting = this.#settled(this.#recover())
    this.#connecting.catch(() => undefined)
  }

  #lose(error: Error): void {
    // Who starts one is told by its start.
    for (const process of this.#processes.values()) if (process.isStarted) process.lost(error)
    this.#processes.clear()
  }
}

const isThere = (error: unknown): boolean => error instanceof RpcError && /\balready exists\b/.test(error.message)
