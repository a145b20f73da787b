/** Owns what a server answered instead of a result: a row of ours where it tells one, in its own words otherwise. */
import { AppError, type RpcFault } from '@towline/protocol'
import { errorOfFault } from '../rpc/rpc-error.ts'

/** With the server's number as the detail `rpc`: APP_SERVER_ERROR, or the row that the words end with. */
export const refusal = (method: string, fault: RpcFault): AppError => {
  const told = errorOfFault(fault)
  if (!(told instanceof AppError))
    return new AppError('APP_SERVER_ERROR', { method, problem: fault.message, rpc: fault.code })
  const { code, message } = told
  return AppError.from({ code, message, details: { rpc: fault.code } })
}

/** The server was reached and said no: its answer, and not what happened to the connection. */
export const isRefusal = (error: unknown): error is AppError =>
  error instanceof AppError && error.details['rpc'] !== undefined
