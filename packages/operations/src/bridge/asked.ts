/**
 * Owns one request to a remote MCP server while it is open: its end, and what it may cost. What the SDK does for it, however
 * late, is known by the asynchronous context it runs in.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { AppError, type Limits } from '@towline/protocol'

export interface AskedOptions {
  /** Named in errors. */
  readonly url: string
  readonly limits: Limits
  readonly ms: number
  readonly signal: AbortSignal
}

const open = new AsyncLocalStorage<Asked>()

/** The request that the running code belongs to. */
export const currentAsked = (): Asked | undefined => open.getStore()

/** See the file's head. */
export class Asked {
  readonly #options: AskedOptions
  readonly #ending = new AbortController()
  readonly #late: NodeJS.Timeout
  /** JSON-RPC ids that were sent for it. */
  readonly #ids = new Set<unknown>()
  #empty: NodeJS.Timeout | undefined
  #error: AppError | undefined
  #bytes = 0
  #exchanges = 0
  #messages = 0
  #running = 0

  constructor(options: AskedOptions) {
    this.#options = options
    const seconds = options.ms / 1000
    this.#late = setTimeout(() => this.fail(this.silent(`it took longer than ${seconds} seconds`)), options.ms)
    options.signal.addEventListener('abort', this.#onAbort, { once: true })
    if (options.signal.aborted) this.#onAbort()
  }

  /** Aborted when it is over, whichever way: nothing of it goes on. */
  get signal(): AbortSignal {
    return this.#ending.signal
  }

  /** Why it was broken off, when we did that. */
  get error(): AppError | undefined {
    return this.#error
  }

  /** Runs `work` as this request, which is over when that settles. Rejects with why it was broken off, when it was. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    try {
      this.signal.throwIfAborted()
      return await open.run(this, work)
    } catch (error) {
      this.#options.signal.throwIfAborted()
      throw this.#error ?? error
    } finally {
      this.#end()
    }
  }

  fail(error: AppError): void {
    this.#error ??= error
    this.#end(error)
  }

  /** Before an exchange of HTTP; `id` is of the JSON-RPC request in it. Throws when there were too many. */
  begin(id: unknown): void {
    this.signal.throwIfAborted()
    this.#exchanges += 1
    this.#running += 1
    clearTimeout(this.#empty)
    if (id !== undefined) this.#ids.add(id)
    if (this.#exchanges <= this.#options.limits.bridgeExchanges) return
    const error = this.broken('it asks for more exchanges than a request may take')
    this.fail(error)
    throw error
  }

  /** An exchange is over. When it was the last and nothing follows, the answer will not come any more. */
  exchanged(): void {
    this.#running -= 1
    if (this.#running > 0 || this.signal.aborted) return
    const missing = (): void => this.fail(this.broken('its answer ended without what was asked for'))
    this.#empty = setTimeout(missing, this.#options.limits.bridgeEmptyMs)
  }

  /** A stream that broke off will be asked for again. */
  resuming(): void {
    clearTimeout(this.#empty)
  }

  /** Everything the connection carries: heads, framing and bodies. */
  count(bytes: number): void {
    this.#bytes += bytes
    const { bridgeAnswerBytes: limit } = this.#options.limits
    if (this.#bytes > limit) this.fail(this.broken(`its answer is longer than ${limit} bytes`))
  }

  /** A message came in on a stream of this request. */
  heard(message: object): void {
    this.#messages += 1
    const { bridgeMessages: limit } = this.#options.limits
    if (this.#messages > limit) return this.fail(this.broken(`it sends more than ${limit} messages`))
    if ('method' in message || !('id' in message) || this.#ids.has(message.id)) return
    this.fail(this.broken('it answers what nobody asked'))
  }

  broken(problem: string): AppError {
    return new AppError('REMOTE_MCP_BROKEN', { url: this.#options.url, problem })
  }

  silent(problem: string): AppError {
    return new AppError('REMOTE_MCP_SILENT', { url: this.#options.url, problem })
  }

  readonly #onAbort = (): void => this.#end(this.#options.signal.reason)

  #end(reason?: unknown): void {
    clearTimeout(this.#late)
    clearTimeout(this.#empty)
    this.#options.signal.removeEventListener('abort', this.#onAbort)
    this.#ending.abort(reason)
  }
}
