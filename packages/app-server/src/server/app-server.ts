/** Owns the app-server: connections over wires that are handed in, the methods they call, and its end (docs/protocol/app-server.md). */
import { randomUUID } from 'node:crypto'
import { platform } from 'node:os'
import type { Log } from '@towline/base'
import { LIMITS } from '@towline/protocol'
import type { OpenFeedHub } from '../feed/open-feed-hub.ts'
import { RpcError } from '../rpc/rpc-error.ts'
import { serveRpc } from '../rpc/serve-rpc.ts'
import { RoundRobin } from '../rpc/turns.ts'
import type { Wire } from '../rpc/wire.ts'
import { Connection, type Host } from './connection.ts'
import { type Check, type Health, healthOf } from './health.ts'
import { Lanes } from './lanes.ts'
import type { Caller, Method, MethodTable } from './method.ts'
import { Outbox } from './outbox.ts'
import { type ClientInfo, userAgentOf } from './user-agent.ts'

export interface AppServerOptions<Services> {
  /** Handed to every method. */
  readonly services: Services
  readonly tables: readonly MethodTable<Services>[]
  readonly feeds: OpenFeedHub
  /** Where threads and settings lie. */
  readonly home: string
  /** Of this program. */
  readonly version: string
  readonly log: Log
  readonly checks?: readonly Check[]
  /** Resolves when no turn runs. Whoever calls it has seen to it that none begins. */
  readonly idle?: () => Promise<void>
}

export interface AppServer {
  /** Serves until the wire closes. */
  serve(wire: Wire): void
  readonly connections: number
  health(): Promise<Health>
  /** Nothing is begun any more. Resolves when all that runs is done, or `appServerDrainMs` are over. */
  drain(): Promise<void>
  /** Leaves all connections. */
  close(): void
}

const PACE = {
  turns: undefined,
  requests: LIMITS.appServerRequests,
  waiting: LIMITS.appServerWaiting,
  most: LIMITS.appServerOverload,
  unreadBytes: LIMITS.appServerUnreadBytes,
  garbageIgnored: true,
}

export const openAppServer = <Services>(options: AppServerOptions<Services>): AppServer => new Server(options)

class Server<Services> implements AppServer, Host {
  readonly methods: Readonly<Record<string, Method<never>>>
  readonly names: readonly string[]
  readonly #options: AppServerOptions<Services>
  readonly #connections = new Set<Connection>()
  readonly #lanes = new Lanes()
  readonly #pace = { ...PACE, turns: new RoundRobin() }
  #draining: Promise<void> | undefined

  constructor(options: AppServerOptions<Services>) {
    this.#options = options
    this.methods = Object.assign({}, ...options.tables) as Readonly<Record<string, Method<never>>>
    this.names = ['initialize', ...Object.keys(this.methods)]
  }

  get connections(): number {
    return this.#connections.size
  }

  get isDraining(): boolean {
    return this.#draining !== undefined
  }

  serve(wire: Wire): void {
    const outbox = new Outbox(wire)
    const connection = new Connection(randomUUID(), this, outbox)
    this.#connections.add(connection)
    serveRpc(outbox, () => connection, this.#pace)
  }

  health(): Promise<Health> {
    const { version, checks = [] } = this.#options
    const { isDraining, connections } = this
    return healthOf(checks, { version, connections, draining: isDraining })
  }

  drain(): Promise<void> {
    this.#draining ??= this.#drain()
    return this.#draining
  }

  close(): void {
    for (const connection of this.#connections) connection.close()
  }

  // For its connections

  hello(client: ClientInfo): object {
    const { home, version } = this.#options
    return {
      userAgent: userAgentOf(client),
      codexHome: home,
      platformFamily: 'unix',
      platformOs: platform() === 'darwin' ? 'macos' : platform(),
      towline: { version, seq: true, methods: this.names.filter((name) => name.startsWith('towline/')) },
    }
  }

  async run(method: Method<never>, params: unknown, caller: Caller): Promise<object> {
    const { services } = this.#options
    const { lane, run } = method as unknown as Method<Services, unknown>
    try {
      return await this.#lanes.run(lane?.(params, caller), () => run(services, params, caller))
    } catch (error) {
      throw inDialect(error)
    }
  }

  answered(questionId: string, from: string, { result, fault }: Parameters<Host['answered']>[2]): void {
    this.#options.feeds.answer(questionId, from, { result, fault })
  }

  gone(connection: Connection): void {
    this.#connections.delete(connection)
    this.#options.feeds.left(connection.id)
  }

  broke(error: unknown, id: string): void {
    this.#options.log.error({ err: error, id }, 'a request of an app-server client broke')
  }

  async #drain(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((done) => {
      timer = setTimeout(done, LIMITS.appServerDrainMs)
    })
    await Promise.race([this.#options.idle?.(), late])
    clearTimeout(timer)
  }
}

/** Where an exec-server has a code for files that are not there, an app-server has none. */
const inDialect = (error: unknown): unknown => {
  const { code } = error as { readonly code?: unknown }
  return code === 'ENOENT' ? new RpcError('internal', 'No such file or directory (os error 2)') : error
}
