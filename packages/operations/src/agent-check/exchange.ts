/** Owns one HTTP exchange with a stranger: bounded in time and bytes, without credentials, to addresses that are allowed. */
import { lookup as resolve } from 'node:dns'
import { type Agent, type IncomingMessage, type RequestOptions, request as plain } from 'node:http'
import { request as secure } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { printable } from '@towline/protocol'

/** What came back; `status` 0 means nothing did, and `problem` says why. */
export interface Answer {
  readonly url: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly problem?: string
  /** Of the other side. */
  readonly address?: string
}

export interface Asking {
  readonly url: URL
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly agent: Agent
  /** PEM. */
  readonly ca?: readonly string[] | undefined
  /** Whether an address may be connected to. Asked of the very address that is used, so that a name cannot change its mind. */
  readonly mayConnect: (address: string) => boolean
  readonly maxBytes: number
  readonly signal: AbortSignal
}

/** Never rejects. */
export const exchange = async (asking: Asking): Promise<Answer> => {
  const { url, mayConnect } = asking
  const literal = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(literal) && !mayConnect(literal)) return nothing(url, REFUSED)
  try {
    return await read(asking, await ask(asking))
  } catch (error) {
    return nothing(url, problemOf(error))
  }
}

const REFUSED = 'it leads to an address that a public site may not name'

export const nothing = (url: URL | string, problem: string): Answer => ({
  url: String(url),
  status: 0,
  headers: {},
  body: Buffer.alloc(0),
  problem,
})

interface Begun {
  readonly answer: IncomingMessage
  readonly address: string | undefined
}

const ask = ({ url, method, headers, body, agent, ca, mayConnect, signal }: Asking): Promise<Begun> =>
  new Promise((done, fail) => {
    const options: RequestOptions = {
      method,
      agent,
      signal,
      lookup: guardedLookup(mayConnect),
      // Bytes are compared with digests, so they come as they are.
      headers: { 'accept-encoding': 'identity', 'user-agent': 'towline-agent-check', ...headers },
    }
    const asked =
      url.protocol === 'https:' ? secure(url, { ...options, ...(ca && { ca: [...ca] }) }) : plain(url, options)
    // The socket may be let go before the answer is read.
    asked.once('response', (answer) => done({ answer, address: answer.socket.remoteAddress })).once('error', fail)
    asked.end(body)
  })

/** `*.localhost` is this machine (RFC 6761), which not every resolver knows. */
const guardedLookup =
  (mayConnect: Asking['mayConnect']): LookupFunction =>
  (name, options, done) => {
    const host = /(^|\.)localhost\.?$/i.test(name) ? 'localhost' : name
    resolve(host, { ...options, all: true }, (error, found) => {
      if (error) return done(error, '', 0)
      const allowed = found.filter(({ address }) => mayConnect(address))
      const [first] = allowed
      if (!first) return done(Object.assign(new Error(REFUSED), { code: 'ADDRESS_REFUSED' }), '', 0)
      if (options.all) return done(null, allowed)
      done(null, first.address, first.family)
    })
  }

const read = async ({ url, maxBytes }: Asking, { answer, address }: Begun): Promise<Answer> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) {
      answer.destroy()
      return nothing(url, `it is longer than ${maxBytes} bytes`)
    }
    chunks.push(chunk)
  }
  const headers = Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().join(', ')])
  return {
    url: String(url),
    status: answer.statusCode ?? 0,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: Buffer.concat(chunks),
    ...(address === undefined ? {} : { address }),
  }
}

const problemOf = (error: unknown): string => {
  const { name = '', code = '', message = '' } = error as Partial<NodeJS.ErrnoException>
  if (name === 'AbortError' || name === 'TimeoutError') return 'it did not answer in time'
  return code === 'ADDRESS_REFUSED' ? REFUSED : printable(code || message || 'it cannot be reached')
}
