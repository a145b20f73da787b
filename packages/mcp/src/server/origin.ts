/** Owns reading which agent, conversation and call a request belongs to. All of it is the client's word: shown, never trusted. */
import { CLIENT_INFO_META_KEY, type McpServer, type ServerContext } from '@modelcontextprotocol/server'
import { shown } from '@towline/protocol'

export interface Origin {
  /** What the client calls itself, such as `codex-mcp-client`. */
  readonly agent: string
  readonly agentVersion?: string | undefined
  /** The conversation. */
  readonly thread?: string | undefined
  readonly turn?: string | undefined
  /** The model's own id of this call. */
  readonly callId?: string | undefined
}

type Told = Readonly<Record<string, unknown>>

/** Where clients put it: by Codex (metadata of its turns, JSON or text), by Claude Code, and as plain keys. */
const THREAD = ['thread_id', 'threadId', 'session_id', 'sessionId', 'conversationId'] as const
const TURN = ['turn_id', 'turnId'] as const
const CALL = ['callId', 'call_id', 'claudecode/toolUseId', 'toolUseId'] as const
const NESTED = ['x-codex-turn-metadata'] as const

/** Modern clients tell who they are with each request, others when they connected. */
export const originOf = (context: ServerContext, server: McpServer): Origin => {
  const meta = (context.mcpReq._meta ?? {}) as Told
  const places = [meta, ...NESTED.map((key) => object(meta[key]))]
  const said = object((context.mcpReq.envelope as Told | undefined)?.[CLIENT_INFO_META_KEY])
  const connected = server.server.getClientVersion()
  return {
    agent: text(said['name']) ?? text(connected?.name) ?? 'unknown',
    agentVersion: text(said['version']) ?? text(connected?.version),
    thread: first(places, THREAD),
    turn: first(places, TURN),
    callId: first(places, CALL),
  }
}

const first = (places: readonly Told[], keys: readonly string[]): string | undefined => {
  for (const key of keys) for (const place of places) if (text(place[key]) !== undefined) return text(place[key])
  return undefined
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? shown(value) : undefined

const object = (value: unknown): Told => {
  const read = typeof value === 'string' ? parsed(value) : value
  return typeof read === 'object' && read !== null && !Array.isArray(read) ? (read as Told) : {}
}

const parsed = (value: string): unknown => {
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}
