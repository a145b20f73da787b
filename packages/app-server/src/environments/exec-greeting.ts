/** Owns one try to reach an exec-server: a wire within its time, and the hello that comes back to a session or begins one. */
import { AppError, LIMITS, RPC_CODE } from '@towline/protocol'
import { resultBy, type RpcCalls } from '../rpc/call-rpc.ts'
import { RpcError } from '../rpc/rpc-error.ts'
import type { Wire } from '../rpc/wire.ts'
import { INITIALIZED } from './exec-results.ts'

export const lost = (problem: string): AppError => new AppError('ENVIRONMENT_LOST', { problem })
export const unreachable = (problem: string): AppError => new AppError('ENVIRONMENT_UNREACHABLE', { problem })

interface Dial {
  readonly connect: (signal: AbortSignal) => Promise<Wire>
  readonly connectMs: number | undefined
  readonly ending: AbortSignal
}

/** Rejects with ENVIRONMENT_UNREACHABLE, or the reason of `ending`; a wire that comes after that is closed. */
export const dialExec = async ({ connect, connectMs = LIMITS.execClientConnectMs, ending }: Dial): Promise<Wire> => {
  const late = AbortSignal.timeout(connectMs)
  try {
    const wire = await connect(AbortSignal.any([late, ending]))
    if (!ending.aborted) return wire
    wire.close()
  } catch (error) {
    if (!ending.aborted)
      throw unreachable(late.aborted ? `it took longer than ${connectMs / 1000} seconds` : (error as Error).message)
  }
  throw ending.reason
}

const CLIENT_NAME = 'towline'

interface Greeting {
  /** Of the session to come back to. */
  readonly sessionId: string | undefined
  readonly initializeMs: number | undefined
  /** The machine has that session no more; another is begun. */
  gone(): void
}

/** The id of the session. Rejects with what the request rejects with. */
export const greetExec = async (line: RpcCalls, { sessionId, initializeMs, gone }: Greeting): Promise<string> => {
  const hello = async (resumeSessionId: string | null): Promise<string> => {
    const params = { clientName: CLIENT_NAME, resumeSessionId }
    const ms = initializeMs ?? LIMITS.execClientInitializeMs
    return resultBy(INITIALIZED, 'initialize', await line.request('initialize', params, ms)).sessionId
  }
  const found = await hello(sessionId ?? null).catch(async (error: unknown) => {
    const isGone = error instanceof RpcError && error.code === RPC_CODE.invalidRequest
    if (sessionId === undefined || !isGone) throw error
    gone()
    return await hello(null)
  })
  line.notify('initialized', {})
  return found
}
