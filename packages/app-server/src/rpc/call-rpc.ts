/** Owns asking on one wire: many requests at once, each with a deadline, and what is told unasked. */
import { AppError, LIMITS, RPC_CODE, type RpcFault } from '@towline/protocol'
import { z } from 'zod'
import { errorOfFault, RpcError } from './rpc-error.ts'
import type { Wire } from './wire.ts'

export interface RpcEars {
  notified(method: string, params: unknown): void
  /** Once; every request that waited is rejected with {@link WireLost} before. */
  closed(): void
}

/** The near side of a wire. */
export interface RpcCalls {
  /** Rejects with what was answered, WireLost, LIMIT_REACHED, ENVIRONMENT_SILENT. */
  request(method: string, params: unknown, ms: number): Promise<unknown>
  notify(method: string, params: object): void
  close(): void
}

/** The wire ended before the answer came; what was asked for may have been done. */
export class WireLost extends Error {
  constructor() {
    super('the connection was lost')
  }
}

interface Waiting {
  readonly done: (result: unknown) => void
  readonly failed: (error: Error) => void
}

const MESSAGE = z.looseObject({
  id: z.union([z.number(), z.string()]).nullish(),
  method: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.looseObject({ code: z.number(), message: z.string() }).optional(),
})

export const callRpc = (wire: Wire, ears: RpcEars): RpcCalls => {
  const waiting = new Map<number, Waiting>()
  let lastId = 0
  let isClosed = false
  const closed = (): void => {
    if (isClosed) return
    isClosed = true
    for (const { failed } of waiting.values()) failed(new WireLost())
    waiting.clear()
    ears.closed()
  }
  wire.sink = {
    message: (text) => {
      const message = readMessage(text)
      // What is no message of the protocol makes whatever follows doubtful.
      if (!message) return wire.close()
      const { id, method, params, result, error } = message
      if (method !== undefined) return id == null ? ears.notified(method, params) : refuse(wire, id, method)
      const one = waiting.get(Number(id))
      waiting.delete(Number(id))
      if (error) one?.failed(errorOfFault(error))
      else one?.done(result)
    },
    drained: () => undefined,
    closed,
  }
  wire.resume()
  return {
    request: (method, params, ms) => {
      if (isClosed) return Promise.reject(new WireLost())
      const most = LIMITS.execClientRequests
      if (waiting.size >= most)
        return Promise.reject(new AppError('LIMIT_REACHED', { limit: 'execClientRequests', value: most }))
      const id = ++lastId
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          waiting.delete(id)
          reject(new AppError('ENVIRONMENT_SILENT', { method, seconds: ms / 1000 }))
        }, ms)
        const settle =
          <Value>(settled: (value: Value) => void) =>
          (value: Value): void => {
            clearTimeout(late)
            settled(value)
          }
        waiting.set(id, { done: settle(resolve), failed: settle(reject) })
        wire.send(JSON.stringify({ id, method, params }))
      })
    },
    notify: (method, params) => wire.send(JSON.stringify({ method, params })),
    close: () => wire.close(),
  }
}

const refuse = (wire: Wire, id: number | string, method: string): void => {
  const error: RpcFault = { code: RPC_CODE.unknownMethod, message: `there is no method ${method}` }
  wire.send(JSON.stringify({ id, error }))
}

const readMessage = (text: string): z.infer<typeof MESSAGE> | undefined => {
  try {
    return MESSAGE.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** A result by its schema; throws RpcError for one that is none. */
export const resultBy = <Result>(schema: z.ZodType<Result>, method: string, result: unknown): Result => {
  const { success, data, error } = schema.safeParse(result)
  if (success) return data
  const [issue] = error.issues
  throw new RpcError('internal', `the answer to ${method} is not valid: ${issue?.path.join('.')}: ${issue?.message}`)
}
