/** Owns calls of a server's APIs: JSON over kept-alive connections to one verified server, each with a deadline. */
import { Agent, type IncomingMessage, request } from 'node:http'
import { Secret } from '@towline/base'
import { AppError } from '@towline/protocol'
import { readAnswer } from '../link/answer.ts'
import { type Deadline, deadline } from '../link/deadline.ts'
import { openHttp } from '../link/open-http.ts'
import { connectError } from '../link/problems.ts'
import { type Server, type ServerOptions, serverOf } from '../link/server.ts'

export interface ApiOptions extends ServerOptions {
  readonly token: string
  /** Slug of the project that is meant; a person's login may reach several. */
  readonly project?: string | undefined
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
  readonly #token: Secret
  readonly #project: { readonly 'towline-project'?: string }
  readonly #agent: ServerAgent

  constructor(options: ApiOptions) {
    this.server = serverOf(options)
    this.#token = new Secret(options.token)
    this.#project = options.project === undefined ? {} : { 'towline-project': options.project }
    this.#agent = new ServerAgent(this.server)
  }

  /** The credential as a header field, and the project it is for. */
  get authorization(): { readonly authorization: string; readonly 'towline-project'?: string } {
    return { authorization: `Bearer ${this.#token.reveal()}`, ...this.#project }
  }

  /** The JSON of a 2xx answer. Rejects with the server's AppError, with why it is not reached, or with the signal's reason. */
  async call(call: Call): Promise<unknown> {
    const limit = deadline(this.server.limits.apiAnswerMs, call.signal)
    try {
      const response = await this.respond(call, limit)
      const { body, error } = await readAnswer(this.server, response)
      if (error) throw error
      if (body === undefined || !isOk(response)) throw this.#stranger(response)
      return body
    } catch (error) {
      throw this.#told(error, limit, call.signal)
    }
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

  respond({ method, path, query = {}, body, headers }: Call, { signal }: Deadline): Promise<IncomingMessage> {
    const search = new URLSearchParams(
      Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined),
    )
    const text = body === undefined ? undefined : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const asked = request({
        ...{ agent: this.#agent, signal, method },
        path: search.size > 0 ? `${path}?${search.toString()}` : path,
        headers: {
          ...{ host: new URL(this.server.url).host, accept: 'application/json', ...this.authorization, ...headers },
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

/** Opens each connection as links are opened: proxy, verification, and errors that say what is wrong. */
class ServerAgent extends Agent {
  readonly #server: Server

  constructor(server: Server) {
    super({ keepAlive: true, maxSockets: 8, maxFreeSockets: 2 })
    this.#server = server
  }

  createConnection(_options: unknown, done: (error: Error | null, socket: never) => void): undefined {
    const limit = deadline(this.#server.limits.linkConnectMs)
    openHttp(this.#server, limit).then(
      (socket) => done(null, socket as never),
      (error: unknown) => done(connectError(this.#server.url, error), undefined as never),
    )
  }
}
