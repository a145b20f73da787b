/** Owns reading a site that is checked: each document once, within a budget, and never further than the site may lead. */
import { Agent } from 'node:http'
import { Agent as SecureAgent } from 'node:https'
import { rootCertificates } from 'node:tls'
import { AppError, LIMITS, type Limits } from '@towline/protocol'
import { isPublicAddress } from './address-class.ts'
import { type Answer, type Asking, exchange, nothing } from './exchange.ts'

export interface ReaderOptions {
  readonly url: URL
  /** PEM of an authority to trust beside the public ones. */
  readonly ca?: string | undefined
  readonly signal?: AbortSignal | undefined
  readonly limits?: Limits | undefined
  /** Whether an address is of the public network. */
  readonly isPublic?: (address: string) => boolean
}

type Fields = Readonly<Record<string, string>>

export interface SiteReader {
  readonly origin: string
  /** A path of the site or a URL. Rejects only when the person ends the check. */
  get(target: string, headers?: Fields): Promise<Answer>
  head(target: string): Promise<Answer>
  post(target: string, body: unknown, headers?: Fields): Promise<Answer>
  /** Whether a URL or path is of this site. */
  isOwn(target: string): boolean
  readonly limits: Limits
  close(): void
}

/** Asks for `/` first. Throws SERVER_UNREACHABLE. */
export const openReader = async (options: ReaderOptions): Promise<SiteReader> => {
  const reader = new Reader(options)
  try {
    await reader.enter()
    return reader
  } catch (error) {
    reader.close()
    throw error
  }
}

/** Redirects that are followed. */
const REDIRECTS = new Set([301, 302, 303, 307, 308])

class Reader implements SiteReader {
  origin: string
  readonly limits: Limits
  readonly #options: ReaderOptions
  readonly #isPublic: (address: string) => boolean
  readonly #deadline: AbortSignal
  readonly #answers = new Map<string, Promise<Answer>>()
  readonly #agents = { 'http:': new Agent({ keepAlive: true }), 'https:': new SecureAgent({ keepAlive: true }) }
  #asked = 0
  /** Whether any part of the site is of the public network; from then on it may not lead anywhere else. */
  #public = false
  #entering = true

  constructor(options: ReaderOptions) {
    this.#options = options
    this.#isPublic = options.isPublic ?? isPublicAddress
    this.origin = options.url.origin
    this.limits = options.limits ?? LIMITS
    this.#deadline = AbortSignal.timeout(this.limits.agentCheckMs)
  }

  /** Where `/` leads at last is the site. */
  async enter(): Promise<void> {
    const answer = await this.get('/')
    if (answer.status === 0)
      throw new AppError('SERVER_UNREACHABLE', { url: this.origin, problem: answer.problem ?? 'no answer' })
    this.origin = new URL(answer.url).origin
    this.#entering = false
    this.#answers.clear()
  }

  get(target: string, headers: Fields = {}): Promise<Answer> {
    return this.#once('GET', target, headers)
  }

  head(target: string): Promise<Answer> {
    return this.#once('HEAD', target, {})
  }

  async post(target: string, body: unknown, headers: Fields = {}): Promise<Answer> {
    const url = this.#urlOf(target)
    if (!url) return nothing(target, 'it is no http URL')
    const fields = { 'content-type': 'application/json', ...headers }
    return await this.#ask({ url, method: 'POST', headers: fields, body: JSON.stringify(body) })
  }

  isOwn(target: string): boolean {
    return this.#urlOf(target)?.origin === this.origin
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy()
  }

  #urlOf(target: string, base = this.origin): URL | undefined {
    if (!URL.canParse(target, base)) return undefined
    const url = new URL(target, base)
    url.hash = ''
    return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined
  }

  async #once(method: 'GET' | 'HEAD', target: string, headers: Fields): Promise<Answer> {
    const key = `${method} ${target} ${JSON.stringify(headers)}`
    const known = this.#answers.get(key)
    if (known) return await known
    const answer = this.#follow(method, target, headers)
    this.#answers.set(key, answer)
    return await answer
  }

  async #follow(method: 'GET' | 'HEAD', target: string, headers: Fields): Promise<Answer> {
    const first = this.#urlOf(target)
    if (!first) return nothing(target, 'it is no http URL')
    let url: URL = first
    for (let hops = 0; ; hops += 1) {
      const answer = await this.#ask({ url, method, headers })
      const location = answer.headers['location']
      if (!REDIRECTS.has(answer.status) || location === undefined) return answer
      if (hops === this.limits.agentCheckRedirects) return nothing(url, 'it redirects again and again')
      const next = this.#urlOf(location, url.href)
      if (!next) return nothing(url, 'it redirects to what is no http URL')
      if (next.origin !== url.origin && !this.#entering) return nothing(url, `it redirects to ${next.origin}`)
      url = next
    }
  }

  async #ask(asking: Pick<Asking, 'url' | 'method' | 'headers' | 'body'>): Promise<Answer> {
    this.#options.signal?.throwIfAborted()
    const { url } = asking
    this.#asked += 1
    if (this.#asked > this.limits.agentCheckRequests) return nothing(url, 'the check has asked enough')
    if (this.#deadline.aborted) return nothing(url, 'the check has taken long enough')
    const protocol = url.protocol as 'http:' | 'https:'
    if (this.#public && !this.#entering && protocol === 'http:' && url.origin !== this.origin)
      return nothing(url, 'another site is asked over https only')
    const answer = await exchange({
      ...asking,
      agent: this.#agents[protocol],
      ca: this.#options.ca === undefined ? undefined : [...rootCertificates, this.#options.ca],
      mayConnect: (address) => !this.#public || this.#isPublic(address),
      maxBytes: this.limits.agentCheckBytes,
      signal: this.#signal(),
    })
    this.#options.signal?.throwIfAborted()
    // Also while entering: a public address may not redirect into this network.
    if (this.#entering && this.#isPublic(answer.address ?? '')) this.#public = true
    return answer
  }

  #signal(): AbortSignal {
    const { signal } = this.#options
    const own = AbortSignal.timeout(this.limits.agentCheckAnswerMs)
    return AbortSignal.any([own, this.#deadline, ...(signal ? [signal] : [])])
  }
}
