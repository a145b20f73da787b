/** Owns reading so much of a message as a relay needs, and adding to it without writing it anew. */
import type { RpcId } from '@towline/protocol'

export interface RelayedMessage {
  readonly id?: RpcId | undefined
  readonly method?: string | undefined
  readonly params?: unknown
  readonly result?: unknown
}

/** A JSON object, or undefined: what is no message passes unread, for the other side to judge. */
export const readRelayed = (text: string): RelayedMessage | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? read(value) : undefined
  } catch {
    return undefined
  }
}

const read = (value: object): RelayedMessage => {
  const { id, method, params, result } = value as Record<string, unknown>
  return {
    id: typeof id === 'string' || typeof id === 'number' ? id : undefined,
    method: typeof method === 'string' ? method : undefined,
    params,
    result,
  }
}

/** The thread that params are about. */
export const threadOf = (params: unknown): string | undefined => {
  const { threadId } = fieldsOf(params)
  return typeof threadId === 'string' ? threadId : undefined
}

/** Members of an object; none of anything else. */
export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

/** The text of a JSON object with `seq` as its first member. */
export const numbered = (text: string, seq: number): string => `{"seq":${seq},${text.slice(text.indexOf('{') + 1)}`
