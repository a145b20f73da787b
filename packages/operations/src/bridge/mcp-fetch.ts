/** Owns the `fetch` that the MCP client is given: one exchange over a connection of our own, bounded, redirects refused. */
import { type IncomingMessage, request } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FetchLike } from '@modelcontextprotocol/client'
import { AppError } from '@towline/protocol'
import { type Asked, currentAsked } from './asked.ts'
import type { Way } from './way.ts'

/** Makes what a message belongs to that comes after its request was over: what the client tells a server when it gave up. */
export type Loose = () => Asked

/** Notices of a server that nobody asked for have no use here: the stream for them is not opened. */
const NO_NOTICES = 405

export const mcpFetch =
  (way: Way, loose: Loose): FetchLike =>
  async (input, { method = 'GET', body, signal, ...init } = {}) => {
    const headers = new Headers(init.headers)
    if (method === 'GET' && !headers.has('last-event-id')) return new Response(null, { status: NO_NOTICES })
    const text = typeof body === 'string' ? body : undefined
    const message = messageIn(text)
    const exchanged = { way, headers, method, text, input, id: message.method === undefined ? undefined : message.id }
    const own = currentAsked()
    if (own && message.method !== 'notifications/cancelled')
      return await exchange({ ...exchanged, asked: own, signal: signal ?? undefined })
    const asked = loose()
    return await asked.run(async () => {
      const { status, body: rest } = await exchange({ ...exchanged, asked })
      await rest?.cancel()
      return new Response(null, { status })
    })
  }

interface Exchange {
  readonly way: Way
  readonly asked: Asked
  readonly headers: Headers
  readonly method: string
  readonly text: string | undefined
  readonly input: string | URL
  /** Of the JSON-RPC request in it. */
  readonly id: unknown
  readonly signal?: AbortSignal | undefined
}

const exchange = async (exchanged: Exchange): Promise<Response> => {
  const { way, asked, headers, method, text, input, id } = exchanged
  asked.begin(id)
  const signal = exchanged.signal ? AbortSignal.any([exchanged.signal, asked.signal]) : asked.signal
  try {
    const own = await way.headers(signal)
    const { pathname, search } = new URL(input)
    const length = text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) }
    const fields = { ...Object.fromEntries(headers), 'accept-encoding': 'identity', ...length, ...own }
    const sent = { method, path: `${pathname}${search}`, headers: fields, text, signal, asked }
    return responseOf(await ask(await way.dial(signal), sent), asked)
  } catch (error) {
    asked.exchanged()
    throw asked.signal.aborted ? asked.signal.reason : toldOf(error, asked)
  }
}

/** What connections and HTTP report, in our words. */
const toldOf = (error: unknown, asked: Asked): AppError => {
  if (error instanceof AppError) return error
  const { code = '' } = error as NodeJS.ErrnoException
  if (error instanceof TypeError || /^(HPE_|ERR_HTTP_|ERR_INVALID_)/.test(code))
    return asked.broken('it does not answer with valid HTTP')
  return asked.silent('the connection was cut')
}

interface Sent {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly text: string | undefined
  readonly signal: AbortSignal
  readonly asked: Asked
}

const ask = (stream: Duplex, { text, asked, ...sent }: Sent): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const req = request({ ...sent, createConnection: () => stream as never })
    // Heads before the answer, framing and trailers cost as much as a body does.
    req.once('socket', (socket) => socket.on('data', (chunk: Buffer) => asked.count(chunk.length)))
    req.on('error', reject)
    req.once('response', resolve)
    // A dialed stream says in its own error why it was refused, before HTTP calls it a hang-up.
    stream.on('error', reject)
    req.once('close', () => stream.destroy())
    req.end(text)
  })

/** Of which a Response takes no body (fetch §2.2.3). */
const BODYLESS: ReadonlySet<number> = new Set([204, 205, 304])

const responseOf = (answer: IncomingMessage, asked: Asked): Response => {
  const { statusCode: status = 0 } = answer
  if (status >= 300 && status < 400)
    throw dropped(answer, asked.broken(`it sends us elsewhere (HTTP status ${status})`))
  if (status < 200 || status > 599) throw dropped(answer, asked.broken(`it answers with the HTTP status ${status}`))
  const fields = Object.entries(answer.headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  )
  const response = new Response(BODYLESS.has(status) ? null : bodyOf(answer), { status, headers: fields })
  answer.once('close', () => asked.exchanged())
  if (BODYLESS.has(status)) answer.resume()
  return response
}

const dropped = (answer: IncomingMessage, error: AppError): AppError => {
  answer.destroy()
  return error
}

const bodyOf = (answer: IncomingMessage): ReadableStream<Uint8Array> => {
  let isOver = false
  /** Whoever reads may leave at any time; what happens after is nobody's. */
  const end = (act: () => void): void => {
    if (!isOver) act()
    isOver = true
  }
  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      answer.on('data', (chunk: Buffer) => {
        if (isOver) return
        controller.enqueue(new Uint8Array(chunk))
        if ((controller.desiredSize ?? 0) <= 0) answer.pause()
      })
      answer.once('end', () => end(() => controller.close()))
      answer.on('error', (error) => end(() => controller.error(error)))
      answer.once('close', () => end(() => controller.error(new Error('the connection was cut'))))
    },
    pull: () => void answer.resume(),
    cancel: () => end(() => void answer.destroy()),
  })
}

/** Only of what the SDK wrote. */
const messageIn = (text: string | undefined): { readonly id?: unknown; readonly method?: unknown } =>
  text === undefined ? {} : JSON.parse(text)
