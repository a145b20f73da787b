/** Owns a machine as commands use it: a proven carrier whenever one is needed, and one connection for short questions. */
import type { AppError } from '@towline/protocol'
import { type Carrier, connectWebtty, type WebttyConnection } from '@towline/webtty'
import { openReach, type Reach, type ReachRequest } from './reach.ts'
import { secureBy, type Trust } from './trust.ts'

export interface MachineRequest extends ReachRequest {
  readonly trust: Trust
}

/** A machine that can be reached. */
export interface Machine {
  readonly reach: Reach
  /** Of the key it has to prove; undefined when it is not pinned. */
  readonly fingerprint: string | undefined
  /** A fresh carrier, encrypted and proven where the server is pinned. */
  carrier(signal?: AbortSignal): Promise<Carrier>
  /** A fresh connection. Rejects with why the machine was not reached: TUNNEL_UNKNOWN, FORBIDDEN, E2E_…, WEBTTY_LOST. */
  connect(signal?: AbortSignal): Promise<WebttyConnection>
  close(): Promise<void>
}

/** Pins are looked up before anything is dialed. */
export const openMachine = async (request: MachineRequest): Promise<Machine> => {
  const reach = await openReach(request)
  try {
    const { secure, fingerprint } = await secureBy(request.trust, reach.name)
    const carrier = async (signal?: AbortSignal): Promise<Carrier> => {
      const outer = await reach.carrier(signal)
      return secure ? await secure(outer) : outer
    }
    return {
      reach,
      fingerprint,
      carrier,
      connect: async (signal) => {
        try {
          const inner = await carrier(signal)
          return await connectWebtty(inner, { secured: secure !== undefined, client: request.agent })
        } catch (error) {
          throw why(reach, error)
        }
      },
      close: () => reach.close(),
    }
  } catch (error) {
    await reach.close()
    throw error
  }
}

/** What refused the stream says more than that it ended. */
const why = ({ refusal }: Reach, error: unknown): unknown | AppError => refusal ?? error
