/** Owns reading an HTTP answer of a server: bounded, as JSON, with the error it may hold. */
import type { IncomingMessage } from 'node:http'
import { AppError } from '@towline/protocol'
import type { Server } from './server.ts'

/** What an answer holds; both are absent when it is not JSON. */
export interface Answer {
  readonly body?: unknown
  readonly error?: AppError
}

/** Rejects with what breaks the connection, and with NOT_TOWLINE for more than apiAnswerBytes. */
export const readAnswer = async (server: Server, response: IncomingMessage): Promise<Answer> => {
  const body = parseJson((await readBody(server, response)).toString('utf8'))
  const error = isProblem(response) ? problemIn(body) : errorIn(body)
  return error ? { body, error } : { body }
}

/** As {@link readAnswer}, whatever the bytes are. */
export const readBody = async ({ url, limits }: Server, response: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > limits.apiAnswerBytes) throw new AppError('NOT_TOWLINE', { url, problem: 'its answer is too long' })
    parts.push(part)
  }
  return Buffer.concat(parts)
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isProblem = ({ headers }: IncomingMessage): boolean =>
  headers['content-type']?.startsWith('application/problem+json') === true

/** Problem details (RFC 9457) hold our code beside theirs. */
const problemIn = (body: unknown): AppError | undefined => {
  const { code, detail, details, next } = (body ?? {}) as Readonly<Record<string, unknown>>
  return typeof code === 'string' ? AppError.from({ code, details, message: detail, next }) : undefined
}

/** Errors stand under `error`, with a code. */
const errorIn = (body: unknown): AppError | undefined => {
  const error = (body as { error?: unknown } | null | undefined)?.error
  const told = typeof error === 'object' && error !== null && typeof (error as { code?: unknown }).code === 'string'
  return told ? AppError.from(error) : undefined
}
