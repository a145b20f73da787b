/** Owns telling apart what comes on a wire: a request, a notification, the answer to a request of ours. */
import type { RpcFault, RpcId } from '@towline/protocol'
import { z } from 'zod'
import { RpcError } from './rpc-error.ts'

export type RpcMessage =
  | { readonly kind: 'request'; readonly id: RpcToken; readonly method: string; readonly params: unknown }
  | { readonly kind: 'notification'; readonly method: string; readonly params: unknown }
  | { readonly kind: 'answer'; readonly id: RpcId; readonly result: unknown; readonly fault: RpcFault | undefined }

/** An id as it stands in JSON: numbers of 64 bits would not survive being read. */
export type RpcToken = string & { readonly rpcToken: true }

export const NO_ID = 'null' as RpcToken

const ID = z.union([z.int(), z.string(), z.number().refine((id) => Number.isInteger(id))])
const MESSAGE = z.looseObject({ id: ID.optional(), method: z.string(), params: z.unknown().optional() })
const ANSWER = z.looseObject({
  id: ID,
  result: z.unknown().optional(),
  error: z.looseObject({ code: z.number(), message: z.string() }).optional(),
})

/** Throws RpcError. */
export const readMessage = (text: string): RpcMessage => {
  const read = parse(text)
  const { data: message } = MESSAGE.safeParse(read)
  if (message) {
    const { id, method, params } = message
    return id === undefined
      ? { kind: 'notification', method, params }
      : { kind: 'request', id: tokenOf(id, text), method, params }
  }
  const { data: answer } = ANSWER.safeParse(read)
  if (answer) return { kind: 'answer', id: answer.id, result: answer.result, fault: answer.error }
  throw new RpcError('invalidRequest', 'A message has a method, and params; a request also an id.')
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw new RpcError('parse', 'The message is not JSON.')
  }
}

const LONG_ID = /"id"\s*:\s*(-?\d{16,})/g

const tokenOf = (id: RpcId, text: string): RpcToken => {
  if (typeof id === 'string' || Number.isSafeInteger(id)) return JSON.stringify(id) as RpcToken
  for (const [, digits] of text.matchAll(LONG_ID)) if (Number(digits) === id) return digits as RpcToken
  return JSON.stringify(id) as RpcToken
}
