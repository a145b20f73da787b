/** Owns one request to a file service: sent whole or as it is read, answered with a response or an error. */
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { AppError, type Limits } from '@towline/protocol'
import { watchIdle, type Idle } from '../routes/idle.ts'
import { Outlet } from '../routes/send.ts'
import { ERROR_FIELD } from '../routes/answer.ts'
import type { DialAgent } from './dial-agent.ts'

export interface Asked {
  readonly method: string
  /** Below the mount path, such as `v1/stat`. */
  readonly route: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly headers?: Readonly<Record<string, string | number | undefined>>
  readonly body?: Uint8Array | string
  /** Writes a body whose length or end the headers tell. */
  readonly send?: (out: Outlet, moved: () => void) => Promise<void>
  readonly signal?: AbortSignal | undefined
}

export interface AskOptions {
  readonly agent: DialAgent
  /** Where files are mounted, such as `/fs`. */
  readonly base: string
  /** Fields of every request, such as Host and Authorization. */
  readonly headers: () => Readonly<Record<string, string>>
  /** Named in errors. */
  readonly url: string
  readonly limits: Limits
}

/** A response whose body is still to be read; its connection breaks when nothing moves for `filesAnswerMs`. */
export type Ask = (asked: Asked) => Promise<IncomingMessage>

/** Makes the asker. It throws what the service answered, and SERVER_UNREACHABLE when it did not answer. */
export const makeAsk =
  (options: AskOptions): Ask =>
  async (asked) => {
    try {
      const response = await once(asked, options)
      if ((response.statusCode ?? 0) < 400) return response
      throw await problemOf(response)
    } catch (error) {
      if (error instanceof AppError || asked.signal?.aborted === true) throw error
      throw new AppError(
        'SERVER_UNREACHABLE',
        { url: options.url, problem: (error as Error).message },
        { cause: error },
      )
    }
  }

/** A kept connection may have been closed just when it was used again; what changes nothing is sent once more then. */
const once = async (asked: Asked, options: AskOptions): Promise<IncomingMessage> => {
  const attempt = open(asked, options)
  try {
    return await attempt.response
  } catch (error) {
    const isSafe = asked.send === undefined && ['GET', 'HEAD'].includes(asked.method)
    if (!isSafe || !attempt.req.reusedSocket || error instanceof AppError) throw error
    return await open(asked, options).response
  }
}

const open = (asked: Asked, options: AskOptions): { req: ClientRequest; response: Promise<IncomingMessage> } => {
  const { agent, base, limits } = options
  const { method, signal, body } = asked
  const path = `${base}/${asked.route}${queryOf(asked.query)}`
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
  const headers = { ...options.headers(), ...length, ...defined(asked.headers) }
  const req = request({ agent, method, path, headers, ...(signal && { signal }) })
  const idle = watchIdle(limits.filesAnswerMs, () => req.destroy(new Error('it was silent for too long')))
  const response = responseOf(req, idle)
  if (asked.send === undefined) req.end(body)
  else void stream(req, asked.send, idle)
  return { req, response }
}

/** What the service says before the body is sent ends the sending. */
const stream = async (req: ClientRequest, send: NonNullable<Asked['send']>, idle: Idle): Promise<void> => {
  try {
    await send(new Outlet(req), idle.touch)
    req.end()
  } catch (error) {
    req.destroy(error as Error)
  }
}

const responseOf = (req: ClientRequest, idle: Idle): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    req.once('response', (response) => {
      // Not by 'data': that would start the flow before whoever asked takes it.
      const push = response.push.bind(response)
      response.push = (chunk, encoding) => {
        idle.touch()
        return push(chunk, encoding)
      }
      response.on('error', () => {})
      resolve(response)
    })
    req.on('error', reject)
    req.once('close', () => {
      idle[Symbol.dispose]()
      reject(new Error('the connection was cut'))
    })
  })

const queryOf = (query: Asked['query'] = {}): string => {
  const pairs = Object.entries(defined(query)).map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

const defined = <T>(fields: Readonly<Record<string, T | undefined>> = {}): Record<string, T> =>
  Object.fromEntries(Object.entries(fields).filter((pair): pair is [string, T] => pair[1] !== undefined))

/** The whole body; what is longer than any of ours is no answer of this service. */
export const bodyOf = async (response: IncomingMessage, max: number): Promise<Buffer> => {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > max) throw new AppError('PROTOCOL_ERROR', { problem: 'the answer of the file service is too long.' })
    parts.push(part)
  }
  return Buffer.concat(parts)
}

const PROBLEM_MAX = 64 * 1024

/** What was refused: the body says it, and without one, as with HEAD, the field. */
const problemOf = async (response: IncomingMessage): Promise<AppError> => {
  const body = await bodyOf(response, PROBLEM_MAX)
  const { [ERROR_FIELD]: code } = response.headers
  try {
    return AppError.from(JSON.parse(body.toString()))
  } catch {
    return AppError.from({ code, message: `the file service answered ${response.statusCode}` })
  }
}
