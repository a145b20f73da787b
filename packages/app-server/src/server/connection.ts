/** Owns one client of the app-server: its handshake, which method it may call, what it is told and asked. */
import { APP_METHODS, AppError, type AppMethodRow, LIMITS, type RpcFault, type RpcId } from '@towline/protocol'
import { z } from 'zod'
import { paramsInWords, unknownVariant } from '../rpc/params-in-words.ts'
import { RpcError } from '../rpc/rpc-error.ts'
import type { RpcCall, RpcHandler } from '../rpc/serve-rpc.ts'
import type { Caller, Method } from './method.ts'
import type { Outbox } from './outbox.ts'
import type { FeedEvent, PendingQuestion } from './subscriber.ts'
import type { ClientInfo } from './user-agent.ts'

const INITIALIZE = z.object({
  clientInfo: z.object({ name: z.string(), title: z.string().nullish(), version: z.string() }),
  capabilities: z
    .object({
      experimentalApi: z.boolean().default(false),
      optOutNotificationMethods: z.array(z.string()).max(LIMITS.appServerWaiting).nullish(),
    })
    .nullish(),
})

/** What a connection uses of the server that it is of. */
export interface Host {
  readonly methods: Readonly<Record<string, Method<never>>>
  /** Names of all methods, for who calls one that is not there. */
  readonly names: readonly string[]
  readonly isDraining: boolean
  hello(client: ClientInfo): object
  run(method: Method<never>, params: unknown, caller: Caller): object | Promise<object>
  answered(
    questionId: string,
    from: string,
    answer: { readonly result: unknown; readonly fault?: RpcFault | undefined },
  ): void
  gone(connection: Connection): void
  broke(error: unknown, id: string): void
}

interface Client extends ClientInfo {
  readonly experimental: boolean
  readonly unwanted: ReadonlySet<string>
}

export class Connection implements RpcHandler {
  readonly id: string
  readonly #host: Host
  readonly #outbox: Outbox
  readonly #leaving = new Set<() => void>()
  #client: Client | undefined
  #isClosed = false

  constructor(id: string, host: Host, outbox: Outbox) {
    this.id = id
    this.#host = host
    this.#outbox = outbox
  }

  get client(): Client | undefined {
    return this.#client
  }

  request(name: string, params: unknown, call: RpcCall): object | Promise<object> {
    if (name === 'initialize') return this.#initialize(params)
    const { methods, names, isDraining } = this.#host
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined
    if (!method) throw unknownVariant(name, names)
    const read: object = paramsInWords(method.params, params)
    if (!this.#client) throw new RpcError('invalidRequest', 'Not initialized')
    this.#gate(name, method, read)
    if (isDraining && method.begins) throw new AppError('SHUTTING_DOWN')
    return this.#host.run(method, read, new RequestCaller(this, this.#client, call))
  }

  notified(): void {
    // `initialized` changes nothing here: the answer to `initialize` did.
  }

  answered(id: RpcId, answer: { readonly result: unknown; readonly fault: RpcFault | undefined }): void {
    if (this.#client) this.#host.answered(String(id), this.id, answer)
  }

  drained(): void {
    // The outbox has heard it.
  }

  closed(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const left of this.#leaving) left()
    this.#leaving.clear()
    this.#host.gone(this)
  }

  broke(error: unknown, id: string): void {
    this.#host.broke(error, id)
  }

  close(): void {
    this.#outbox.close()
  }

  onClosed(left: () => void): void {
    if (this.#isClosed) left()
    else this.#leaving.add(left)
  }

  wants(method: string): boolean {
    return !this.#client?.unwanted.has(method)
  }

  event(event: FeedEvent): void {
    if (this.wants(event.method)) this.#outbox.event(event)
  }

  ask({ id, method, params }: PendingQuestion): void {
    this.#outbox.send(JSON.stringify({ id, method, params }))
  }

  notify(method: string, params: object): void {
    if (this.wants(method)) this.#outbox.send(JSON.stringify({ method, params, emittedAtMs: Date.now() }))
  }

  #initialize(params: unknown): object {
    const { clientInfo, capabilities } = paramsInWords(INITIALIZE, params)
    if (this.#client) throw new RpcError('invalidRequest', 'Already initialized')
    const { name, version } = clientInfo
    const unwanted = new Set(capabilities?.optOutNotificationMethods)
    this.#client = { name, version, unwanted, experimental: capabilities?.experimentalApi ?? false }
    return this.#host.hello(clientInfo)
  }

  /** Throws RpcError. */
  #gate(name: string, method: Method<never>, params: object): void {
    if (this.#client?.experimental) return
    const { experimental, experimentalFields = [] } = rowOf(name) ?? method
    const given = params as Readonly<Record<string, unknown>>
    const field = experimentalFields.find((key) => given[key] !== undefined && given[key] !== null)
    if (experimental) throw needsExperimental(name)
    if (field !== undefined) throw needsExperimental(`${name}.${String(field)}`)
  }
}

/** What is told of it elsewhere holds here. */
const rowOf = (name: string): AppMethodRow | undefined =>
  Object.hasOwn(APP_METHODS, name) ? (APP_METHODS as Readonly<Record<string, AppMethodRow>>)[name] : undefined

const needsExperimental = (what: string): RpcError =>
  new RpcError('invalidRequest', `${what} requires experimentalApi capability`)

/** A client while one of its requests is worked on: what it begins to watch is told after the answer. */
class RequestCaller implements Caller {
  readonly id: string
  readonly clientName: string
  readonly clientVersion: string
  readonly experimental: boolean
  readonly #connection: Connection
  readonly #call: RpcCall
  #held: (() => void)[] | undefined = []

  constructor(connection: Connection, { name, version, experimental }: Client, call: RpcCall) {
    this.id = connection.id
    this.clientName = name
    this.clientVersion = version
    this.experimental = experimental
    this.#connection = connection
    this.#call = call
    call.after(() => this.#release())
  }

  event(event: FeedEvent): void {
    if (this.#held) this.#held.push(() => this.#connection.event(event))
    else this.#connection.event(event)
  }

  ask(question: PendingQuestion): void {
    if (this.#held) this.#held.push(() => this.#connection.ask(question))
    else this.#connection.ask(question)
  }

  onClosed(left: () => void): void {
    this.#connection.onClosed(left)
  }

  notify(method: string, params: object): void {
    this.#connection.notify(method, params)
  }

  replay(events: readonly FeedEvent[]): void {
    for (const event of events) this.#connection.event(event)
  }

  afterAnswer(work: () => void): void {
    this.#call.after(work)
  }

  #release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const tell of held) tell()
  }
}
