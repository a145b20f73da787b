/** Owns calls of a server's APIs: JSON over kept-alive connections to one verified server, each with a deadline. */
import { type IncomingMessage, request } from 'node:http'
import { AGENT_FIELD, type AgentClaim, AppError, writeAgentField } from '@towline/protocol'
import { readAnswer } from '../link/answer.ts'
import { type Deadline, deadline } from '../link/deadline.ts'
import { connectError } from '../link/problems.ts'
import { ServerAgent } from '../link/server-agent.ts'
import { type Server, type ServerOptions, serverOf } from '../link/server.ts'
import { Token, type TokenSource } from '../link/token-source.ts'

export interface ApiOptions extends ServerOptions {
  readonly token: TokenSource
  /** Slug of the project that is meant; a person's login may reach several. */
  readonly project?: string | undefined
  /** The AI agent for which calls are made; it is recorded, and gives no right. */
  readonly claim?: AgentClaim | undefined
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  /** Absent values are left away. */
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

/** See the file's head. */
export class ApiClient {
  readonly server: Server
  readonly #token: Token
  readonly #project: { readonly 'towline-project'?: string }
  readonly #agent: ServerAgent
  readonly #claim: Readonly<Record<string, string>>

  constructor(options: ApiOptions) {
    this.server = serverOf(options)
    this.#token = new Token(options.token)
    this.#project = options.project === undefined ? {} : { 'towline-project': options.project }
    this.#agent = new ServerAgent(this.server)
    this.#claim = options.claim === undefined ? {} : { [AGENT_FIELD]: writeAgentField(options.claim) }
  }

  /** The credential as a header field, and the project it is for. */
  async authorization(): Promise<{ readonly authorization: string; readonly 'towline-project'?: string }> {
    return { authorization: `Bearer ${(await this.#token.get()).reveal()}`, ...this.#project }
  }

  /** Undefined when the credential was refused and renewed, so that another attempt makes sense; else what went wrong. */
  async refused(cause: unknown): Promise<AppError | undefined> {
    const told = connectError(this.server.url, cause)
    try {
      return (await this.#token.renew(told)) ? undefined : told
    } catch (reason) {
      return connectError(this.server.url, reason)
    }
  }

  /** The JSON of a 2xx answer. Rejects with the server's AppError, with why it is not reached, or with the signal's reason. */
  async call(call: Call): Promise<unknown> {
    const limit = deadline(this.server.limits.apiAnswerMs, call.signal)
    try {
      return await this.#once(call, limit).catch(async (error: unknown) => {
        if (!(error instanceof AppError)) throw error
        const told = await this.refused(error)
        if (told) throw told
        return await this.#once(call, limit)
      })
    } catch (error) {
      throw this.#told(error, limit, call.signal)
    }
  }

  async #once(call: Call, limit: Deadline): Promise<unknown> {
    const response = await this.respond(call, limit)
    const { body, error } = await readAnswer(this.server, response)
    if (error) throw error
    if (body === undefined || !isOk(response)) throw this.#stranger(response)
    return body
  }

  /** The answer's head; a refusal is read and thrown. `limit` ends the whole exchange. */
  async stream(call: Call, limit: Deadline): Promise<IncomingMessage> {
    const response = await this.respond(call, limit)
    if (isOk(response)) return response
    const { error } = await readAnswer(this.server, response)
    throw error ?? this.#stranger(response)
  }

  close(): void {
    this.#agent.destroy()
  }

  async respond({ method, path, query = {}, body, headers }: Call, { signal }: Deadline): Promise<IncomingMessage> {
    const search = new URLSearchParams(
      Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined),
    )
    const own = await this.authorization()
    const text = body === undefined ? undefined : JSON.stringify(body)
    return await new Promise((resolve, reject) => {
      const asked = request({
        ...{ agent: this.#agent, signal, method },
        path: search.size > 0 ? `${path}?${search.toString()}` : path,
        headers: {
          ...{ host: new URL(this.server.url).host, accept: 'application/json', ...own, ...this.#claim, ...headers },
          ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        },
      })
      asked.once('response', resolve).once('error', reject)
      asked.end(text)
    })
  }

  #told(error: unknown, limit: Deadline, signal: AbortSignal | undefined): unknown {
    if (signal?.aborted) return signal.reason
    if (error instanceof AppError) return error
    if (limit.passed)
      return new AppError('SERVER_UNREACHABLE', { url: this.server.url, problem: 'it did not answer in time' })
    return connectError(this.server.url, error)
  }

  #stranger({ statusCode = 0 }: IncomingMessage): AppError {
    const away = statusCode >= 502 && statusCode <= 504
    const problem = `it answers ${statusCode} without saying why`
    return new AppError(away ? 'SERVER_UNREACHABLE' : 'NOT_TOWLINE', { url: this.server.url, problem })
  }
}

const isOk = ({ statusCode = 0 }: IncomingMessage): boolean => statusCode >= 200 && statusCode < 300
