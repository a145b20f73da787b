/** Owns serving an app-server that runs behind this one: each client has a connection there, which waits for it when its own breaks. */
import { type Log, randomText } from '@towline/base'
import { AppError, type Limits, LIMITS, type UpstreamReturn } from '@towline/protocol'
import { z } from 'zod'
import { faultOf } from '../rpc/rpc-error.ts'
import type { Wire } from '../rpc/wire.ts'
import { fieldsOf, readRelayed, type RelayedMessage } from './message.ts'
import { RelayedSession } from './relayed-session.ts'

export interface RelayOptions {
  /** A new connection to the app-server behind, paused. Rejects with APP_UPSTREAM_DOWN. */
  readonly dial: () => Promise<Wire>
  readonly log: Pick<Log, 'error'>
  readonly limits?: Limits | undefined
  /** Milliseconds since the epoch. */
  readonly clock?: (() => number) | undefined
}

export interface UpstreamRelay {
  /** Serves until the wire closes; the session waits `appUpstreamDetachMs` for the client to come back. */
  serve(wire: Wire): void
  /** How many there are, with those that wait for their clients. */
  readonly sessions: number
  /** Ends every session. Twice is harmless. */
  close(): void
}

export const openRelay = (options: RelayOptions): UpstreamRelay => new Relay(options)

/** Nobody guesses it: it is all that lets a client back in. */
const SESSION_CHARS = 40

const NUMBERS_A_MS = 1000

const RETURN = z.object({ session: z.string(), afterSeq: z.int().min(0) })

class Relay implements UpstreamRelay {
  readonly #options: RelayOptions
  readonly #limits: Limits
  readonly #sessions = new Map<string, RelayedSession>()
  /** Those whose client is away, longest first. */
  readonly #left = new Map<RelayedSession, NodeJS.Timeout>()
  #opening = 0
  #lastStart = 0
  #isClosed = false

  constructor(options: RelayOptions) {
    this.#options = options
    this.#limits = options.limits ?? LIMITS
  }

  get sessions(): number {
    return this.#sessions.size
  }

  serve(wire: Wire): void {
    const said: string[] = []
    wire.sink = {
      message: (text) => {
        // What follows waits until it is known whose it is.
        if (said.push(text) > 1) return
        wire.pause()
        void this.#open(wire, said)
      },
      drained: () => undefined,
      closed: () => undefined,
    }
    wire.resume()
  }

  close(): void {
    this.#isClosed = true
    for (const session of [...this.#sessions.values()]) session.close()
  }

  async #open(wire: Wire, said: string[]): Promise<void> {
    const [first] = said as [string]
    const message = readRelayed(first)
    const back = message?.method === 'initialize' ? returnOf(message) : undefined
    const session = back && this.#sessions.get(back.session)
    if (back && session?.covers(back.afterSeq) && message?.id !== undefined) {
      session.resume(wire, message.id, back.afterSeq)
      for (const text of said.slice(1)) wire.sink?.message(text)
      return
    }
    if (message && back) said[0] = withoutReturn(first)
    await this.#begin(wire, said).catch((error: unknown) => this.#refuse(wire, message, error))
  }

  async #begin(wire: Wire, said: readonly string[]): Promise<void> {
    this.#makeRoom()
    let isGone = false
    const { sink } = wire
    if (sink) sink.closed = () => void (isGone = true)
    this.#opening += 1
    const upstream = await this.#options.dial().finally(() => (this.#opening -= 1))
    if (isGone || this.#isClosed) {
      upstream.close()
      return wire.close()
    }
    const id = randomText(SESSION_CHARS)
    const session = new RelayedSession({
      ...{ id, upstream, limits: this.#limits, start: this.#start() },
      onClient: (one) => this.#follow(one),
      onOver: (one) => this.#forget(one),
    })
    this.#sessions.set(id, session)
    session.begin(wire, said)
  }

  /** Throws SHUTTING_DOWN, LIMIT_REACHED. */
  #makeRoom(): void {
    if (this.#isClosed) throw new AppError('SHUTTING_DOWN')
    const most = this.#limits.appUpstreamSessions
    if (this.#sessions.size + this.#opening < most) return
    const [longest] = this.#left.keys()
    if (!longest) throw new AppError('LIMIT_REACHED', { limit: 'appUpstreamSessions', value: most })
    longest.close()
  }

  /** Sessions begin a millisecond apart, or later; none has a thousand messages in one. */
  #start(): number {
    const { clock = Date.now } = this.#options
    this.#lastStart = Math.max(clock(), this.#lastStart + 1)
    return this.#lastStart * NUMBERS_A_MS
  }

  #refuse(wire: Wire, message: RelayedMessage | undefined, error: unknown): void {
    const { log } = this.#options
    const fault = faultOf(error, (broken, id) => log.error({ err: broken, id }, 'a client could not be relayed'))
    if (message?.id !== undefined) wire.send(JSON.stringify({ id: message.id, error: fault }))
    wire.close()
  }

  #follow(session: RelayedSession): void {
    clearTimeout(this.#left.get(session))
    this.#left.delete(session)
    if (session.attached) return
    const timer = setTimeout(() => session.close(), this.#limits.appUpstreamDetachMs)
    timer.unref()
    this.#left.set(session, timer)
  }

  #forget(session: RelayedSession): void {
    clearTimeout(this.#left.get(session))
    this.#left.delete(session)
    this.#sessions.delete(session.id)
  }
}

const returnOf = ({ params }: RelayedMessage): UpstreamReturn | undefined =>
  RETURN.safeParse(fieldsOf(params)['towline']).data

/** The one behind has no use for it. */
const withoutReturn = (text: string): string => {
  const message = JSON.parse(text) as { params: object }
  const { towline: _, ...params } = message.params as { towline: unknown }
  return JSON.stringify({ ...message, params })
}
