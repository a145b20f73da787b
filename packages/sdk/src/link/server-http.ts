/** Owns plain HTTP exchanges with one server: nothing sent here reaches another, and redirects are answers, not followed. */
import { request } from 'node:http'
import { AppError } from '@towline/protocol'
import { readBody } from './answer.ts'
import { deadline } from './deadline.ts'
import { connectError } from './problems.ts'
import { ServerAgent } from './server-agent.ts'
import { type ServerOptions, serverOf } from './server.ts'

export interface HttpExchange {
  readonly method?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** See the file's head. */
export interface ServerHttp {
  /** `https://host[:port]`, or `http://` of this machine. */
  readonly url: string
  /**
   * One exchange within apiAnswerMs. Rejects with SERVER_UNREACHABLE, SERVER_UNTRUSTED, NOT_TOWLINE, PROXY_REFUSED, or the
   * signal's reason.
   */
  ask(path: string, exchange?: HttpExchange): Promise<Response>
  close(): void
}

/** Opens nothing until the first exchange. Throws TARGET_INVALID or OPTION_INVALID. */
export const openServerHttp = (options: ServerOptions): ServerHttp => {
  const server = serverOf(options)
  const agent = new ServerAgent(server)
  const { url, limits } = server
  const ask = async (path: string, { method = 'GET', headers, body, signal }: HttpExchange = {}): Promise<Response> => {
    const limit = deadline(limits.apiAnswerMs, signal)
    try {
      return await new Promise<Response>((resolve, reject) => {
        const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
        const all = { ...headers, ...length, host: new URL(url).host }
        const asked = request({ agent, signal: limit.signal, method, path, headers: all })
        asked.once('error', reject).once('response', (answer) => {
          const { statusCode: status = 0 } = answer
          const told = (bytes: Buffer): Response =>
            new Response(BODYLESS.has(status) ? null : new Uint8Array(bytes), {
              status,
              headers: fieldsOf(answer.headers),
            })
          readBody(server, answer).then((bytes) => resolve(told(bytes)), reject)
        })
        asked.end(body)
      })
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      if (limit.passed) throw new AppError('SERVER_UNREACHABLE', { url, problem: 'it did not answer in time' })
      throw connectError(url, error)
    }
  }
  return { url, ask, close: () => agent.destroy() }
}

/** Of which a Response takes no body (fetch §2.2.3). */
const BODYLESS: ReadonlySet<number> = new Set([204, 205, 304])

const fieldsOf = (fields: Readonly<Record<string, string | string[] | undefined>>): [string, string][] =>
  Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
