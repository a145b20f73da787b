/** Owns what a client and an app-server said on one connection, and what stock Codex would object to in it. */
import type { Judged, StockSchemas } from './stock-schemas.ts'

export interface Recorded {
  readonly from: 'client' | 'server'
  readonly message: Message
}

export interface Message {
  readonly id?: string | number | null | undefined
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: unknown
  /** Of a notification of a thread: an extension. */
  readonly seq?: number
}

export interface WireRecord {
  /** A whole message as it is on the wire; what is not JSON is complained of. */
  hear(from: Recorded['from'], text: string): void
  /** All so far. */
  readonly messages: readonly Recorded[]
  /** Empty when all was well, each once. */
  complaints(): readonly string[]
}

/** Results are judged by the request they answer, so hand in both sides. */
export const recordWire = ({ validate }: Pick<StockSchemas, 'validate'>): WireRecord => {
  const messages: Recorded[] = []
  const complaints = new Set<string>()
  const asked = { client: new Map<unknown, string>(), server: new Map<unknown, string>() }
  const last = new Map<string, number>()
  const judge = (kind: Judged, method: string, value: unknown): void => {
    for (const complaint of validate(kind, method, value)) complaints.add(complaint)
  }

  const answered = (from: Recorded['from'], { id, result, error }: Message): void => {
    const asker = from === 'server' ? 'client' : 'server'
    const method = asked[asker].get(id)
    if (error !== undefined) return refused(from, method, error)
    if (method === undefined)
      return void complaints.add(`${from}: an answer to ${JSON.stringify(id)}, which was not asked`)
    judge(from === 'server' ? 'response' : 'serverResponse', method, result)
  }
  const refused = (from: Recorded['from'], method: string | undefined, error: unknown): void => {
    const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown }
    if (!Number.isInteger(code) || typeof message !== 'string' || message === '')
      complaints.add(`${from}: the error of ${method} is ${JSON.stringify(error)}`)
  }
  /** What comes again begins after that. */
  const rewind = ({ params }: Message): void => {
    const { threadId, afterSeq } = params as { readonly threadId: string; readonly afterSeq: number }
    last.set(threadId, afterSeq)
  }
  const numbered = ({ method, params, seq }: Message): void => {
    if (seq === undefined) return
    const { threadId, thread } = params as { readonly threadId?: string; readonly thread?: { readonly id: string } }
    const id = String(threadId ?? thread?.id)
    if (!Number.isSafeInteger(seq) || seq <= (last.get(id) ?? 0))
      complaints.add(`notification ${method}: seq ${seq} of thread ${id} came after ${last.get(id)}`)
    last.set(id, seq)
  }

  return {
    messages,
    complaints: () => [...complaints],
    hear: (from, text) => {
      const message = parse(text)
      if (!message) return void complaints.add(`${from}: ${text.slice(0, 200)} is no message`)
      messages.push({ from, message })
      const { id, method, params } = message
      if (method === undefined) return answered(from, message)
      if (id !== undefined) asked[from].set(id, method)
      if (method === 'towline/thread/replay') rewind(message)
      if (from === 'client') return id === undefined ? undefined : judge('request', method, params)
      if (id !== undefined) return judge('serverRequest', method, params)
      numbered(message)
      return judge('notification', method, params)
    },
  }
}

const parse = (text: string): Message | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
