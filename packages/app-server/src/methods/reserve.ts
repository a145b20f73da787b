/** Owns taking a name for a command of a client: once at a time, and not too many. */
import { AppError, LIMITS } from '@towline/protocol'
import { RpcError } from '../rpc/rpc-error.ts'

/** Throws RpcError, and LIMIT_REACHED. */
export const reserve = <Thing>(own: Map<string, Thing>, name: string, thing: Thing): void => {
  if (own.has(name))
    throw new RpcError('invalidRequest', `duplicate active command/exec process id: ${JSON.stringify(name)}`)
  const most = LIMITS.appServerCommands
  if (own.size >= most) throw new AppError('LIMIT_REACHED', { limit: 'appServerCommands', value: most })
  own.set(name, thing)
}
