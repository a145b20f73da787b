/** Owns a machine as commands use it: a proven carrier whenever one is needed, and connections for short questions. */
import { AppError } from '@towline/protocol'
import {
  type Carrier,
  type CarrierEnd,
  type ConnectOptions,
  connectWebtty,
  nodeCrypto,
  readAnnouncement,
  unknownServer,
  type WebttyConnection,
} from '@towline/webtty'
import type { MachinePool } from './machine-pool.ts'
import { openReach, type Reach, type ReachRequest } from './reach.ts'
import { securityFor, type Trust } from './trust.ts'

export interface MachineRequest extends ReachRequest {
  readonly trust: Omit<Trust, 'env'>
  /** Keeps connections for the next question. */
  readonly pool?: MachinePool | undefined
}

/** A machine that can be reached. */
export interface Machine {
  readonly reach: Reach
  /** Of the key it has to prove; undefined when it is not pinned. */
  readonly fingerprint: string | undefined
  /** How a connection over `carrier` says hello. */
  readonly hello: ConnectOptions
  /** A fresh carrier, encrypted and proven where the server is pinned. */
  carrier(signal?: AbortSignal): Promise<Carrier>
  /** A fresh connection. Rejects with why the machine was not reached: TUNNEL_UNKNOWN, FORBIDDEN, E2E_…, WEBTTY_LOST. */
  connect(signal?: AbortSignal): Promise<WebttyConnection>
  /** Why `error` came, as far as it is known better here: whoever stood between, or the encryption. */
  why(error: unknown): unknown
  /** The same for what was under way, which then is lost whatever the relay says: WEBTTY_LOST with its words, or E2E_…. */
  whyLost(error: AppError): AppError
  close(): Promise<void>
}

/** From the pool of the request, or its own. */
export const openMachine = (request: MachineRequest): Promise<Machine> =>
  request.pool ? request.pool.machine(request) : openOwnMachine(request)

/** Pins are looked up before anything is dialed. */
export const openOwnMachine = async (request: MachineRequest): Promise<Machine> => {
  const reach = await openReach(request)
  try {
    return await machineBy(reach, request)
  } catch (error) {
    await reach.close()
    throw error
  }
}

const machineBy = async (reach: Reach, { trust, agent, env }: MachineRequest): Promise<Machine> => {
  const security = await securityFor({ ...trust, env }, reach.name)
  let refusal: AppError | undefined
  const carrier = async (signal?: AbortSignal): Promise<Carrier> => {
    refusal = undefined
    const outer = await reach.carrier(signal)
    if (!security) return outer
    return noting(await security.secure(outer), (end) => {
      refusal = security.error(end)
    })
  }
  const why = (error: unknown): unknown => reach.refusal ?? refusal ?? error
  const whyLost = (error: AppError): AppError =>
    refusal ?? (reach.refusal ? new AppError('WEBTTY_LOST', { problem: reach.refusal.message }) : error)
  const unproven = (message?: Uint8Array): AppError => {
    const claimed = message && readAnnouncement(nodeCrypto, message)
    return unknownServer({ name: reach.name, project: trust.project }, claimed)
  }
  const hello = { secured: security !== undefined, client: agent, unproven }
  return {
    reach,
    fingerprint: security?.fingerprint,
    hello,
    carrier,
    why,
    whyLost,
    connect: async (signal) => {
      try {
        return await connectWebtty(await carrier(signal), hello)
      } catch (error) {
        throw why(error)
      }
    },
    close: () => reach.close(),
  }
}

/** The same carrier; `note` hears how it ended before its consumer does. */
const noting = (carrier: Carrier, note: (end: CarrierEnd) => void): Carrier => ({
  get sink() {
    return carrier.sink
  },
  set sink(sink) {
    carrier.sink = {
      message: (bytes) => sink.message(bytes),
      drained: () => sink.drained(),
      closed: (end) => {
        note(end)
        sink.closed(end)
      },
    }
  },
  get queued() {
    return carrier.queued
  },
  send: (message) => carrier.send(message),
  ...(carrier.pieceBytes !== undefined && { pieceBytes: carrier.pieceBytes }),
  pause: () => carrier.pause(),
  resume: () => carrier.resume(),
  close: (code, reason) => carrier.close(code, reason),
})
