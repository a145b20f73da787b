/** Owns the ways to an MCP server: connections of our own that speak HTTP/1.1, made as often as one is asked for. */
import type { Duplex } from 'node:stream'
import { Secret } from '@towline/base'
import { AppError, formatTow, type Limits, type Tunnel } from '@towline/protocol'
import { dialDuplex, openServerStream, openSession } from '@towline/sdk'
import type { Connection } from '../context/connection.ts'
import { listTunnels } from '../inventory/list-tunnels.ts'
import type { McpUrl } from './mcp-url.ts'

/** A way to one server; nothing sent by it reaches another. */
export interface Way {
  /** A connection of its own for each exchange: a kept one that was closed meanwhile would cost a call. */
  dial(signal: AbortSignal): Promise<Duplex>
  /** Of requests, besides those of MCP. */
  headers(signal: AbortSignal): Promise<Readonly<Record<string, string>>>
  /** It does not come back by itself. */
  readonly isOver: boolean
  close(): Promise<void>
}

export interface WayRequest {
  readonly connection: Connection
  readonly target: McpUrl
  /** For the MCP server itself. */
  readonly token?: Secret | undefined
  /** Product and version. */
  readonly agent: string
  readonly signal: AbortSignal
  readonly limits: Limits
}

/** Rejects with why the relay or server cannot be reached. */
export const openWay = (request: WayRequest): Promise<Way> => {
  const { target } = request
  return target.kind === 'tow' ? privateWay(target.name, request) : publishedWay(target.url, request)
}

/** The session finds its link again by itself. */
const privateWay = async (name: string, { connection, agent, signal, token, limits }: WayRequest): Promise<Way> => {
  signal.throwIfAborted()
  const session = openSession({ ...connection, agent, limits })
  try {
    await session.online(signal)
  } catch (error) {
    await session.close()
    throw error
  }
  return {
    dial: (waiting) => dialDuplex(session, formatTow(name), waiting),
    // Servers for one machine answer nobody who calls them by another name (DNS rebinding); a dialer is let in by the relay.
    headers: async () => ({ host: 'localhost', ...bearer(token) }),
    get isOver() {
      return session.state.status === 'closed'
    },
    close: () => session.close(),
  }
}

const publishedWay = async (url: URL, { connection, token, signal, limits }: WayRequest): Promise<Way> => {
  const isOurs = token === undefined && (await ownTunnel(connection, url, signal)) !== undefined
  const { ca } = connection
  const dial = { url: url.origin, limits, ...(isOurs && ca !== undefined && { ca }) }
  /** Asked each time: whoever serves it may have opened it anew without a token. */
  const ours = async (waiting: AbortSignal): Promise<Secret | undefined> =>
    isOurs && (await ownTunnel(connection, url, waiting))?.tokenAuth === true ? await tokenOf(connection) : undefined
  return {
    dial: (waiting) => openServerStream(dial, waiting),
    headers: async (waiting) => ({ host: url.host, ...bearer(token ?? (await ours(waiting))) }),
    isOver: false,
    close: async () => {},
  }
}

/**
 * The tunnel of our own project whose address it is, as the server itself tells it. Only then is our token sent, and only when
 * the edge asks for one: it takes the token away before the service sees the request.
 */
const ownTunnel = async (connection: Connection, { origin }: URL, signal: AbortSignal) => {
  // A credential may see only some fields.
  const tunnels: readonly Partial<Tunnel>[] = await listTunnels(connection, { filter: 'kind=http', signal })
  return tunnels.find(({ url = '' }) => URL.canParse(url) && new URL(url).origin === origin)
}

const tokenOf = async ({ token }: Connection): Promise<Secret> =>
  new Secret(typeof token === 'string' ? token : await token())

const bearer = (token: Secret | undefined): Readonly<Record<string, string>> => {
  const held = token?.reveal()
  if (held === undefined) return {}
  if (/^[\x21-\x7e]+$/.test(held)) return { authorization: `Bearer ${held}` }
  throw new AppError('OPTION_INVALID', { option: 'token', value: '***', problem: 'it is not a token' })
}
