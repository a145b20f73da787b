/** Owns keeping connections to machines for the next question: bounded in number, given up when nobody asks for a while. */
import { AppError, type Limits } from '@towline/protocol'
import type { WebttyConnection } from '@towline/webtty'
import { orAbort } from '../or-abort.ts'
import { type OpenedFiles, openFilesOf } from './files.ts'
import { type Machine, type MachineRequest, openOwnMachine } from './machine.ts'

/** Handed to operations by `pool` of their requests; what they close goes back to it. */
export interface MachinePool {
  /** As {@link openOwnMachine}, over a connection that others may be using too. */
  machine(request: MachineRequest): Promise<Machine>
  /** As {@link openFilesOf}. */
  files(request: MachineRequest): Promise<OpenedFiles>
  /** Ends all connections; twice is harmless. */
  close(): Promise<void>
}

export const createMachinePool = (limits: Limits): MachinePool => new Pool(limits)

class Pool implements MachinePool {
  readonly #machines: Shelf<SharedMachine>
  readonly #files: Shelf<OpenedFiles>

  constructor(limits: Limits) {
    this.#machines = new Shelf(limits)
    this.#files = new Shelf(limits)
  }

  async machine(request: MachineRequest): Promise<Machine> {
    const { item, leave } = await this.#machines.take(request, (own) => openShared(own))
    return { ...item.machine, connect: (signal) => item.connect(signal), close: leave }
  }

  async files(request: MachineRequest): Promise<OpenedFiles> {
    const { item, leave } = await this.#files.take(request, (own) => openFilesOf(own))
    return { files: item.files, why: item.why, over: item.over, close: leave }
  }

  async close(): Promise<void> {
    await Promise.all([this.#machines.close(), this.#files.close()])
  }
}

interface Closable {
  readonly over: boolean
  close(): Promise<void>
}

interface Kept<T extends Closable> {
  readonly opening: Promise<T>
  item?: T
  readonly life: AbortController
  readonly openedAt: number
  users: number
  idle?: NodeJS.Timeout | undefined
}

/** What is open, by who asks for what. */
class Shelf<T extends Closable> {
  readonly #limits: Limits
  readonly #kept = new Map<string, Kept<T>>()
  #closed = false

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** The first who needs it opens it, on behalf of all: that it goes away again ends nobody else's work. */
  async take(
    request: MachineRequest,
    open: (own: MachineRequest) => Promise<T>,
  ): Promise<{ readonly item: T; readonly leave: () => Promise<void> }> {
    const key = await keyOf(request)
    request.signal.throwIfAborted()
    const kept = this.#find(key) ?? this.#add(key, request, open)
    clearTimeout(kept.idle)
    kept.users += 1
    let left = false
    const leave = async (): Promise<void> => {
      if (left) return
      left = true
      kept.users -= 1
      if (kept.users === 0) await this.#rest(key, kept)
    }
    try {
      return { item: await orAbort(kept.opening, request.signal), leave }
    } catch (error) {
      await leave()
      throw error
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#kept].map(([key, kept]) => this.#drop(key, kept)))
  }

  #find(key: string): Kept<T> | undefined {
    const kept = this.#kept.get(key)
    if (!kept) return undefined
    // Pins and credentials are looked up when it is opened: nothing goes on for long by old ones.
    const old = performance.now() - kept.openedAt >= this.#limits.machineKeptMs
    if (!old && kept.item?.over !== true) return kept
    if (kept.users === 0) void this.#drop(key, kept)
    else this.#kept.delete(key)
    return undefined
  }

  #add(key: string, request: MachineRequest, open: (own: MachineRequest) => Promise<T>): Kept<T> {
    const life = new AbortController()
    const opening = open({ ...request, signal: life.signal, pool: undefined })
    const kept: Kept<T> = { opening, life, openedAt: performance.now(), users: 0 }
    opening.then(
      (item) => {
        kept.item = item
      },
      () => this.#forget(key, kept),
    )
    this.#makeRoom()
    if (!this.#closed && this.#kept.size < this.#limits.machinesKept) this.#kept.set(key, kept)
    return kept
  }

  /** The one that nobody uses and that was opened first goes. */
  #makeRoom(): void {
    if (this.#kept.size < this.#limits.machinesKept) return
    for (const [key, kept] of this.#kept) if (kept.users === 0) return void this.#drop(key, kept)
  }

  async #rest(key: string, kept: Kept<T>): Promise<void> {
    if (this.#closed || this.#kept.get(key) !== kept) return await this.#drop(key, kept)
    kept.idle = setTimeout(() => void this.#drop(key, kept), this.#limits.machineIdleMs)
    kept.idle.unref()
  }

  #forget(key: string, kept: Kept<T>): void {
    if (this.#kept.get(key) === kept) this.#kept.delete(key)
  }

  async #drop(key: string, kept: Kept<T>): Promise<void> {
    clearTimeout(kept.idle)
    this.#forget(key, kept)
    const item = await kept.opening.catch(() => undefined)
    kept.life.abort(new AppError('CALL_CANCELLED'))
    await item?.close()
  }
}

/** A machine, and the one connection that all share. */
interface SharedMachine extends Closable {
  readonly machine: Machine
  connect(signal?: AbortSignal): Promise<WebttyConnection>
}

const openShared = async (request: MachineRequest): Promise<SharedMachine> => {
  const machine = await openOwnMachine(request)
  let current: Promise<WebttyConnection> | undefined
  const fresh = (): Promise<WebttyConnection> => {
    const opening = machine.connect(request.signal)
    const gone = (): void => {
      if (current === opening) current = undefined
    }
    opening.then((connection) => connection.closed.then(gone), gone)
    return opening
  }
  return {
    machine,
    get over() {
      return machine.reach.over
    },
    connect: async (signal) => sharing(await orAbort((current ??= fresh()), signal)),
    close: async () => {
      const connection = await current?.catch(() => undefined)
      connection?.close()
      await machine.close()
    },
  }
}

/** The same connection, which stays open when one of its users closes it. */
const sharing = (connection: WebttyConnection): WebttyConnection => ({
  server: connection.server,
  closed: connection.closed,
  get roundTripMs() {
    return connection.roundTripMs
  },
  open: (...asked) => connection.open(...asked),
  attach: (...asked) => connection.attach(...asked),
  list: () => connection.list(),
  ask: (question) => connection.ask(question),
  probe: () => connection.probe(),
  close: () => undefined,
})

/** Whose connection, where to, and as whom. Credentials are told apart, and stay in this process. */
const keyOf = async ({ url, connection, trust, agent }: MachineRequest): Promise<string> => {
  // An address with a token of its own, or a socket, needs no relay.
  const relay = url.startsWith('unix:') ? undefined : await connection().catch(() => undefined)
  const token = typeof relay?.token === 'string' ? relay.token : ''
  return JSON.stringify([url, relay?.url, relay?.context, relay?.project, token, trust, agent])
}
