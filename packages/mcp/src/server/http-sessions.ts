/**
 * Owns the sessions of clients that speak a revision before 2026-07-28: by them a question finds its way back to a person.
 * At most so many, each for as long as somebody uses it.
 */
import { randomUUID } from 'node:crypto'
import {
  isInitializeRequest,
  legacyStatelessFallback,
  type McpServer,
  type McpServerFactory,
  type Server,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'
import type { Log } from '@towline/base'
import type { Limits } from '@towline/protocol'
import { rpcError } from './rpc-error.ts'
import { untilEnd } from './until-end.ts'

export interface SessionsOptions {
  readonly factory: McpServerFactory
  readonly limits: Limits
  readonly log: Log
}

interface Session {
  readonly transport: WebStandardStreamableHTTPServerTransport
  readonly server: McpServer | Server
  /** Requests that are not answered to their end, and open streams. */
  busy: number
  idle: NodeJS.Timeout | undefined
}

/** Of one endpoint. The order of the map is that of their last use. */
export class HttpSessions {
  readonly #options: SessionsOptions
  readonly #sessions = new Map<string, Session>()
  readonly #stateless: (request: Request, options: { parsedBody?: unknown }) => Promise<Response>
  #opening = 0
  #closed = false

  constructor(options: SessionsOptions) {
    this.#options = options
    const { factory, limits, log } = options
    const onerror = (error: Error): void => log.debug({ err: error }, 'an MCP request was refused')
    this.#stateless = legacyStatelessFallback(factory, onerror, { maxRequestBodySize: limits.mcpHttpBodyBytes })
  }

  get size(): number {
    return this.#sessions.size
  }

  async fetch(request: Request, parsedBody: unknown): Promise<Response> {
    if (this.#closed) return rpcError({ status: 503, code: -32006, message: 'The server is shutting down.' })
    const id = request.headers.get('mcp-session-id')
    if (id !== null) return await this.#use(id, request, parsedBody)
    if (isInitializeRequest(parsedBody)) return await this.#open(request, parsedBody)
    // A client without sessions is served all the same; it is asked for a second call in place of a question.
    if (request.method === 'POST') return await this.#stateless(request, { parsedBody })
    return rpcError(
      { status: 405, code: -32000, message: 'Begin with POST initialize.' },
      { allow: 'POST, GET, DELETE' },
    )
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#sessions.keys()].map((id) => this.#end(id)))
  }

  async #use(id: string, request: Request, parsedBody: unknown): Promise<Response> {
    const session = this.#sessions.get(id)
    if (!session)
      return rpcError({ status: 404, code: -32001, message: 'Session not found. Begin with initialize again.' })
    this.#sessions.delete(id)
    this.#sessions.set(id, session)
    return await this.#during(id, session, () => session.transport.handleRequest(request, { parsedBody }))
  }

  async #open(request: Request, parsedBody: unknown): Promise<Response> {
    this.#opening += 1
    try {
      if (!(await this.#makeRoom()))
        return rpcError({ status: 503, code: -32006, message: 'Too many sessions are in use. Try again in a moment.' })
      return await this.#begin(request, parsedBody)
    } finally {
      this.#opening -= 1
    }
  }

  /** A session that nobody uses ends for a new one; where all are in use there is no room. */
  async #makeRoom(): Promise<boolean> {
    if (this.#sessions.size + this.#opening <= this.#options.limits.mcpHttpSessions) return true
    const oldest = [...this.#sessions].find(([, { busy }]) => busy === 0)
    if (oldest) await this.#end(oldest[0])
    return oldest !== undefined
  }

  async #begin(request: Request, parsedBody: unknown): Promise<Response> {
    const { factory, limits } = this.#options
    const server = await factory({ era: 'legacy', requestInfo: request })
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessionclosed: (id) => void this.#end(id),
      maxRequestBodySize: limits.mcpHttpBodyBytes,
    })
    await server.connect(transport)
    const response = await transport.handleRequest(request, { parsedBody })
    const id = transport.sessionId
    if (id === undefined || this.#closed) {
      await server.close()
      return response
    }
    const session: Session = { transport, server, busy: 0, idle: undefined }
    this.#sessions.set(id, session)
    return await this.#during(id, session, () => Promise.resolve(response))
  }

  async #during(id: string, session: Session, run: () => Promise<Response>): Promise<Response> {
    clearTimeout(session.idle)
    session.busy += 1
    const over = (): void => {
      session.busy -= 1
      if (session.busy > 0 || this.#sessions.get(id) !== session) return
      session.idle = setTimeout(() => void this.#end(id), this.#options.limits.mcpHttpIdleSeconds * 1000)
      session.idle.unref()
    }
    try {
      return untilEnd(await run(), over)
    } catch (error) {
      over()
      throw error
    }
  }

  async #end(id: string): Promise<void> {
    const session = this.#sessions.get(id)
    if (!session) return
    this.#sessions.delete(id)
    clearTimeout(session.idle)
    await session.server
      .close()
      .catch((error: unknown) => this.#options.log.debug({ err: error }, 'a session ended badly'))
  }
}
