/** Owns requests on one wire: many at once, answered as each is done, and no more read than can be under way. */
import { LIMITS, type RpcAnswer, type RpcId } from '@towline/protocol'
import { z } from 'zod'
import { faultOf, RpcError } from './rpc-error.ts'
import type { Wire } from './wire.ts'

export interface RpcHandler {
  /** Throws what is answered as an error. */
  request(method: string, params: unknown): object | Promise<object>
  notified(method: string): void
  drained(): void
  closed(): void
  /** Something of ours that went wrong. */
  broke(error: unknown, id: string): void
}

/** The other side of a wire. */
export interface Peer {
  notify(method: string, params: object): void
  /** It has more to read than it should. */
  readonly congested: boolean
  close(): void
}

const ID = z.union([z.number(), z.string()])
const MESSAGE = z.looseObject({ id: ID.optional(), method: z.string(), params: z.unknown().optional() })

/** `open` is handed the peer before anything is heard of it. */
export const serveRpc = (wire: Wire, open: (peer: Peer) => RpcHandler): void => {
  const peer: Peer = {
    notify: (method, params) => wire.send(JSON.stringify({ method, params })),
    get congested() {
      return wire.queued >= LIMITS.execServerQueueBytes
    },
    close: () => wire.close(),
  }
  const handler = open(peer)
  let underWay = 0
  const answer = (message: RpcAnswer): void => wire.send(JSON.stringify(message))
  const refuse = (id: RpcId | null, error: unknown): void =>
    answer({ id, error: faultOf(error, (broken, name) => handler.broke(broken, name)) })

  const work = async (id: RpcId, method: string, params: unknown): Promise<void> => {
    underWay += 1
    if (underWay >= LIMITS.execServerRequests) wire.pause()
    try {
      answer({ id, result: await handler.request(method, params) })
    } catch (error) {
      refuse(id, error)
    } finally {
      underWay -= 1
      if (underWay < LIMITS.execServerRequests) wire.resume()
    }
  }

  wire.sink = {
    message: (text) => {
      const read = readMessage(text)
      if (read instanceof RpcError) return refuse(null, read)
      const { id, method, params } = read
      if (id === undefined) return handler.notified(method)
      void work(id, method, params)
    },
    drained: () => handler.drained(),
    closed: () => handler.closed(),
  }
  wire.resume()
}

const readMessage = (text: string): z.infer<typeof MESSAGE> | RpcError => {
  try {
    const { success, data } = MESSAGE.safeParse(JSON.parse(text))
    if (success) return data
    return new RpcError('invalidRequest', 'A message has a method, and params; a request also an id.')
  } catch {
    return new RpcError('parse', 'The message is not JSON.')
  }
}

/** Params by their schema; what is wrong is named by its place. */
export const paramsBy = <Params>(schema: z.ZodType<Params>, params: unknown): Params => {
  const { success, data, error } = schema.safeParse(params ?? {})
  if (success) return data
  const [issue] = error.issues
  throw new RpcError('invalidParams', `${issue?.path.join('.') || 'params'}: ${issue?.message}`)
}
