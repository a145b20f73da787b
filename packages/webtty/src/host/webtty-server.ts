/** Owns a webtty server over streams it is handed: native peers by their preface, all others as HTTP (docs/protocol/webtty.md §1). */
import type { IncomingMessage, RequestListener } from 'node:http'
import type { Log } from '@towline/base'
import { AppError, type Channel, LIMITS, type ServerFacts, WEBTTY_CLOSE } from '@towline/protocol'
import type { Carrier } from '../carrier/carrier.ts'
import { streamCarrier } from '../carrier/stream-carrier.ts'
import type { Sessions } from '../session/session-types.ts'
import type { Exposer } from './exposer.ts'
import { addressOf, createHttpFront, type HttpFront } from './http-front.ts'
import { type Ask, serveConnection, type ServedConnection } from './serve-connection.ts'
import { sniff } from './sniff.ts'

/** A client that has proven itself by end-to-end encryption. */
export interface ProvenClient {
  readonly name: string
  /** Of its keys: what it opens belongs to them. */
  readonly fingerprint: string
  readonly roles: readonly string[]
}

export interface WebttyServerOptions {
  readonly sessions: Sessions
  readonly facts: ServerFacts
  readonly log: Log
  /** Opens tunnels to services of this machine. */
  readonly exposer?: Exposer
  /** Wraps a carrier of that address in end-to-end encryption; who is not let in makes it reject, with the carrier closed. */
  readonly secure?: (
    carrier: Carrier,
    address: string | undefined,
  ) => Promise<{ readonly carrier: Carrier; readonly client: ProvenClient }>
  /** Throws AppError for what a client may not do. */
  readonly permit?: (ask: Ask, client: ProvenClient | undefined) => void
  /** Answers what is below `facts.fsPath`, or below FS_PATH when there is none: then it says why. */
  readonly files?: RequestListener
  /** Answers GET below `facts.execPath`. */
  readonly page?: RequestListener
  /** False answers 401. Asked for each HTTP request and upgrade; the relay has checked those of a tunnel already. */
  readonly authorize?: (request: IncomingMessage) => boolean
  /**
   * Host fields that HTTP may ask for; default any. On a port of this machine only names of this machine: a page whose name was
   * led here (DNS rebinding) is of its own origin, and tells itself by it.
   */
  readonly hosts?: RegExp
  /** Origins, such as `https://dash.example`, whose pages may open a WebSocket besides pages of our own host. */
  readonly origins?: readonly string[]
}

/** Where a stream came from. */
export interface Caller {
  /** `ip:port`. */
  readonly from?: string
  /** False where a bearer token is asked for: the preface is refused. Default true. */
  readonly native?: boolean
}

export interface WebttyServer {
  /** Takes over a stream. */
  serve(channel: Channel, caller?: Caller): void
  readonly connections: number
  /** Closes every connection with 4410; the sessions are their owner's to close. */
  close(): Promise<void>
}

/** See {@link createWebttyServer}. */
class Server implements WebttyServer {
  readonly #options: WebttyServerOptions
  readonly #front: HttpFront
  readonly #served = new Set<ServedConnection>()
  #closed = false

  constructor(options: WebttyServerOptions) {
    this.#options = options
    this.#front = createHttpFront({ ...options, accept: (...came) => void this.#accept(...came) })
  }

  get connections(): number {
    return this.#served.size
  }

  serve(channel: Channel, { from, native = true }: Caller = {}): void {
    if (this.#closed) return channel.reset()
    sniff(channel, {
      native: (head) => {
        if (native) void this.#accept(streamCarrier(channel, head), addressOf(from).remoteAddress)
        else channel.reset()
      },
      http: (head) => this.#front.serve(channel, { head, from }),
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const connection of this.#served) connection.close(WEBTTY_CLOSE.stopping, 'the server stops')
    await this.#front.close()
  }

  async #accept(outer: Carrier, address: string | undefined): Promise<void> {
    if (this.#served.size >= LIMITS.webttyConnections) return outer.close(WEBTTY_CLOSE.busy, 'too many connections')
    const secured = await this.#secured(outer, address)
    if (!secured) return
    const { carrier, client } = secured
    if (this.#closed) return carrier.close(WEBTTY_CLOSE.stopping, 'the server stops')
    const { sessions, facts, log, permit, exposer } = this.#options
    const connection = serveConnection({
      carrier,
      sessions,
      facts,
      log,
      ...(exposer && { exposer }),
      ...(permit && { permit: (ask: Ask) => permit(ask, client) }),
      ...(client && { by: { key: client.fingerprint, roles: client.roles } }),
    })
    this.#served.add(connection)
    const { code, reason } = await connection.closed
    this.#served.delete(connection)
    log.debug({ code, reason, client: client?.name }, 'a webtty connection is over')
  }

  async #secured(
    carrier: Carrier,
    address: string | undefined,
  ): Promise<{ readonly carrier: Carrier; readonly client?: ProvenClient } | undefined> {
    const { secure, log } = this.#options
    if (!secure) return { carrier }
    try {
      return await secure(carrier, address)
    } catch (error) {
      const proven = error instanceof AppError && error.code === 'E2E_CLIENT_UNAUTHORIZED'
      const { code, details } =
        error instanceof AppError ? error : { code: 'INTERNAL', details: { problem: String(error) } }
      log[proven ? 'warn' : 'info']({ code, ...details, address }, 'a webtty client was not let in')
      return undefined
    }
  }
}

/** Serves terminals, commands, files and the page over streams. Opens nothing itself. */
export const createWebttyServer = (options: WebttyServerOptions): WebttyServer => new Server(options)
