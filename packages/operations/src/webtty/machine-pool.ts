/** Owns connections to machines that are kept for the next question, and shared by those who ask at the same time. */
import type { Limits } from '@towline/protocol'
import type { WebttyConnection } from '@towline/webtty'
import { orAbort } from '../or-abort.ts'
import { type OpenedFiles, openFilesOf } from './files.ts'
import { type Machine, type MachineRequest, openOwnMachine } from './machine.ts'
import { type Closable, Shelf } from './shelf.ts'

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
