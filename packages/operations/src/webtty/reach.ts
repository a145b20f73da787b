/** Owns reaching a WebTTY server by any of its addresses: a fresh stream or carrier as often as one is asked for. */
import { connect as connectUnix } from 'node:net'
import { fromDuplex } from '@towline/base'
import { AppError, type Channel, WEBTTY_PREFACE } from '@towline/protocol'
import { dialError, onReset, openSession } from '@towline/sdk'
import { type Carrier, streamCarrier } from '@towline/webtty'
import type { Connection } from '../context/connection.ts'
import { parseWebttyUrl } from './webtty-url.ts'
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
}

/** Opens the way. Rejects with TARGET_INVALID, NOT_FOUND, or with why the relay does not answer. */
export const openReach = async (request: ReachRequest): Promise<Reach> => {
  const target = parseWebttyUrl(request.url)
  if (target.kind === 'unix') return reachBy('', () => dialUnix(target.path))
  const connection = await request.connection()
  const name = target.kind === 'tow' ? target.name : await nameOf(connection, target.url, request.signal)
  return openRelayed(connection, name, request)
}

/** Native peers go to a published machine by its name too: the same rights, and no second protocol. */
const nameOf = async (connection: Connection, url: URL, signal: AbortSignal): Promise<string> => {
  const wanted = url.origin
  const machines = await listWebtty(connection, { signal })
  const found = machines.find(({ public_url }) => public_url !== null && new URL(public_url).origin === wanted)
  if (found) return found.name
  throw new AppError('NOT_FOUND', { what: 'machine at', id: wanted })
}

const openRelayed = async (
  connection: Connection,
  name: string,
  { agent, signal }: ReachRequest,
): Promise<Reach> => {
  signal.throwIfAborted()
  const session = openSession({ ...connection, agent })
  try {
    await session.online(signal)
  } catch (error) {
    await session.close()
    throw error
  }
  return reachBy(
    name,
    (waiting) => session.dial(name, waiting),
    () => session.close(),
  )
}

const dialUnix = (path: string): Promise<Channel> =>
  new Promise((done, fail) => {
    const socket = connectUnix({ path, allowHalfOpen: true })
    socket.once('connect', () => {
      socket.off('error', fail)
      done(fromDuplex(socket))
    })
    socket.once('error', (error: NodeJS.ErrnoException) =>
      fail(new AppError('SERVER_UNREACHABLE', { url: `unix:${path}`, problem: error.code ?? error.message })),
    )
  })

const reachBy = (
  name: string,
  stream: (signal?: AbortSignal) => Promise<Channel>,
  close: () => Promise<void> = async () => {},
): Reach => {
  const reach = {
    name,
    refusal: undefined as AppError | undefined,
    stream,
    carrier: async (signal?: AbortSignal) => {
      const channel = await stream(signal)
      channel.write(PREFACE)
      const carrier = streamCarrier(channel)
      onReset(channel, (_error, code) => {
        reach.refusal = dialError(code, name)
      })
      return carrier
    },
    close,
  }
  return reach
}

const PREFACE = new TextEncoder().encode(WEBTTY_PREFACE)
