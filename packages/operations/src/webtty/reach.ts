/** Owns reaching a WebTTY server by any of its addresses: a fresh stream or carrier as often as one is asked for. */
import { fromDuplex } from '@towline/base'
import { AppError, type Channel } from '@towline/protocol'
import { dialError, onReset, openSession } from '@towline/sdk'
import { type Carrier, nativeCarrier } from '@towline/webtty'
import type { Connection } from '../context/connection.ts'
import type { Env } from '../context/home.ts'
import { dialUnix } from './dial-unix.ts'
import { openWeb, webToken } from './reach-web.ts'
import { nameIn, parseWebttyUrl } from './webtty-url.ts'
import { listWebtty } from './list-webtty.ts'

/** A way to a machine. */
export interface Reach {
  /** Name of the server as it was asked for; what pins go by. Empty where an address has none. */
  readonly name: string
  /** A stream that speaks the native protocol or HTTP, whichever its first bytes say. */
  stream(signal?: AbortSignal): Promise<Channel>
  /** A carrier of the native protocol, in the clear. */
  carrier(signal?: AbortSignal): Promise<Carrier>
  /** Why the last stream was refused by whoever stands between, when it was. */
  readonly refusal: AppError | undefined
  /** Fields that HTTP over `stream` has to carry. */
  readonly headers: Readonly<Record<string, string>>
  /** Whether it is ended for good, such as by a relay that cut it: no more streams come of it. */
  readonly over: boolean
  close(): Promise<void>
}

export interface ReachRequest {
  /** Asked for only when the address goes through a relay. */
  readonly connection: () => Promise<Connection>
  /** As {@link parseWebttyUrl} reads it. */
  readonly url: string
  /** Product and version. */
  readonly agent: string
  readonly signal: AbortSignal
  readonly env: Env
}

/** Opens the way. Rejects with TARGET_INVALID, NOT_FOUND, or with why the relay does not answer. */
export const openReach = async (request: ReachRequest): Promise<Reach> => {
  const target = parseWebttyUrl(request.url)
  if (target.kind === 'unix') return reachBy('', async () => fromDuplex(await dialUnix(target.path)))
  const token = target.kind === 'web' ? await webToken(request.env) : undefined
  if (target.kind === 'web' && token) return openWeb(target.url, token)
  const connection = await request.connection()
  const name = target.kind === 'tow' ? target.name : await nameOf(connection, target.url, request.signal)
  return openRelayed(connection, name, request)
}

/** Native peers go to a published machine by its name too: the same rights, and no second protocol. */
const nameOf = async (connection: Connection, url: URL, signal: AbortSignal): Promise<string> => {
  const wanted = url.origin
  const machines = await listWebtty(connection, { signal })
  const found = machines.some(({ public_url }) => public_url !== null && new URL(public_url).origin === wanted)
  if (found) return nameIn(url)
  throw new AppError('NOT_FOUND', { what: 'machine at', id: wanted })
}

const openRelayed = async (connection: Connection, name: string, { agent, signal }: ReachRequest): Promise<Reach> => {
  signal.throwIfAborted()
  const session = openSession({ ...connection, agent })
  let over = false
  session.states.on(({ status }) => {
    over ||= status === 'closed'
  })
  try {
    await session.online(signal)
  } catch (error) {
    await session.close()
    throw error
  }
  return reachBy(name, (waiting) => session.dial(name, waiting), {
    close: () => session.close(),
    isOver: () => over,
  })
}

interface Life {
  readonly close: () => Promise<void>
  readonly isOver: () => boolean
}

const reachBy = (
  name: string,
  stream: (signal?: AbortSignal) => Promise<Channel>,
  { close, isOver }: Life = { close: async () => {}, isOver: () => false },
): Reach => {
  const reach = {
    name,
    refusal: undefined as AppError | undefined,
    headers: { host: name || 'localhost' },
    stream,
    carrier: async (signal?: AbortSignal) => {
      reach.refusal = undefined
      const channel = await stream(signal)
      const carrier = nativeCarrier(channel)
      onReset(channel, (_error, code) => {
        reach.refusal = dialError(code, name)
      })
      return carrier
    },
    get over() {
      return isOver()
    },
    close,
  }
  return reach
}
