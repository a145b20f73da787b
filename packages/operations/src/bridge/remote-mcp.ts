/** Owns an open connection to one MCP server of another machine: agreed on, kept, opened anew when the server forgot it. */
import type { Client, CallToolRequestOptions, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { Secret } from '@towline/base'
import { AppError, type Limits, LIMITS, shown } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import { orAbort } from '../or-abort.ts'
import { Asked } from './asked.ts'
import { connectClient } from './connect-client.ts'
import { formatMcpUrl, parseMcpUrl } from './mcp-url.ts'
import { isSessionLost, remoteError } from './remote-errors.ts'
import { openWay, type Way } from './way.ts'

export interface RemoteMcpRequest {
  readonly connection: Connection
  /** `tow://name[/path]`, or `https://…` of what is published. */
  readonly url: string
  /** Where the server is mounted; wins over the path of the URL. `/mcp` when neither says. */
  readonly path?: string | undefined
  /** For the MCP server at this very URL. A published address of our own project needs none: it gets that of the connection. */
  readonly token?: Secret | undefined
  /** Product and version. */
  readonly agent: string
  /** A session with it was open before, and is gone. */
  readonly restarted?: boolean
  /** Ends the opening only; `close` ends the rest. */
  readonly signal: AbortSignal
  readonly limits?: Limits
}

/** What a server says of itself, made harmless. */
export interface RemoteServer {
  readonly name: string
  readonly version: string
  /** Revision of MCP, such as `2026-07-28`. */
  readonly protocolVersion: string
  readonly stateful: boolean
}

export interface AskOptions {
  readonly ms: number
  readonly signal: AbortSignal
}

/** Does one thing by the client, with the options that it has to hand on. */
export type AskWork<T> = (client: Client, options: CallToolRequestOptions) => Promise<T>

export interface RemoteMcp {
  /** As {@link formatMcpUrl} writes it. */
  readonly url: string
  readonly server: RemoteServer
  readonly limits: Limits
  /** It cannot be used any more; open another. */
  readonly isOver: boolean
  /**
   * Rejects with REMOTE_MCP_SILENT, REMOTE_MCP_BROKEN, REMOTE_MCP_REFUSED, REMOTE_MCP_LOGIN, with why the relay does not lead
   * there, or with the signal's reason. A server that lost our session is asked once more in a new one.
   */
  ask<T>(work: AskWork<T>, options: AskOptions): Promise<T>
  /** Whether the server lost a session, and what it kept there, since this was asked last. */
  takeRestart(): boolean
  /** Ends the session at the server, and the way there. */
  close(): Promise<void>
}

/** Rejects with TARGET_INVALID, why there is no way there, or why the server is none that we can speak to. */
export const openRemoteMcp = async (request: RemoteMcpRequest): Promise<RemoteMcp> => {
  const { connection, token, agent, signal, restarted = false, limits = LIMITS } = request
  const target = parseMcpUrl(request.url, request.path)
  const way = await openWay({ connection, target, token, agent, signal, limits })
  const path = target.kind === 'tow' ? target.path : target.url.pathname
  return await openOver(way, { url: formatMcpUrl(target), path, agent, signal, restarted, limits })
}

export interface OverOptions {
  /** Named in errors. */
  readonly url: string
  readonly path: string
  readonly agent: string
  readonly signal: AbortSignal
  readonly restarted?: boolean
  readonly limits: Limits
}

interface Live {
  readonly client: Client
  readonly transport: StreamableHTTPClientTransport
}

/** By a way that is there, which it closes. */
export const openOver = async (way: Way, options: OverOptions): Promise<RemoteMcp> => {
  const remote = new OpenRemote(way, options)
  try {
    await remote.open(options.signal)
    return remote
  } catch (error) {
    await remote.close()
    throw error
  }
}

class OpenRemote implements RemoteMcp {
  readonly url: string
  readonly limits: Limits
  readonly #way: Way
  readonly #options: OverOptions
  readonly #ending = new AbortController()
  #live: Live | undefined
  #restarted: boolean
  #opening: Promise<Live> | undefined
  #closing: Promise<void> | undefined

  constructor(way: Way, options: OverOptions) {
    this.#way = way
    this.#options = options
    this.url = options.url
    this.limits = options.limits
    this.#restarted = options.restarted ?? false
  }

  get isOver(): boolean {
    return this.#closing !== undefined || this.#way.isOver
  }

  get server(): RemoteServer {
    const { name = '', version = '' } = this.#live?.client.getServerVersion() ?? {}
    return {
      ...{ name: shown(name), version: shown(version) },
      protocolVersion: shown(this.#live?.client.getNegotiatedProtocolVersion() ?? ''),
      stateful: this.#live?.transport.sessionId !== undefined,
    }
  }

  async open(signal: AbortSignal): Promise<void> {
    this.#live = await this.#connect(signal)
  }

  async ask<T>(work: AskWork<T>, options: AskOptions): Promise<T> {
    const live = this.#live ?? (await this.#reopen(undefined))
    const { sessionId } = live.transport
    return await this.#once(live, work, options)
      .catch(async (error: unknown) => {
        if (sessionId === undefined || !isSessionLost(error)) throw error
        return await this.#once(await orAbort(this.#reopen(live), options.signal), work, options)
      })
      .catch((error: unknown) => {
        throw options.signal.aborted ? options.signal.reason : remoteError(error, this.url)
      })
  }

  takeRestart(): boolean {
    const isTold = this.#restarted && this.server.stateful
    this.#restarted = false
    return isTold
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#ending.abort(new AppError('SESSION_CLOSED'))
    const live = this.#live
    this.#live = undefined
    if (live) await this.#leave(live)
    await this.#way.close()
  }

  /** A session that is not ended goes over by itself; whoever closes wants to be gone. */
  async #leave({ client, transport }: Live): Promise<void> {
    const ms = this.limits.bridgeCloseMs
    const asked = new Asked({ url: this.url, limits: this.limits, ms, signal: new AbortController().signal })
    await asked.run(() => transport.terminateSession()).catch(() => undefined)
    await client.close()
  }

  async #once<T>(live: Live, work: AskWork<T>, { ms, signal }: AskOptions): Promise<T> {
    const asked = new Asked({ url: this.url, limits: this.limits, ms, signal })
    // Our own deadline says what happened; the client's is there so that it never waits without one.
    return await asked.run(() => work(live.client, { signal: asked.signal, timeout: ms + this.limits.bridgeCloseMs }))
  }

  /** Once for all who found the same session lost. */
  async #reopen(lost: Live | undefined): Promise<Live> {
    if (this.#closing) throw new AppError('SESSION_CLOSED')
    if (this.#live !== lost && this.#live) return this.#live
    this.#opening ??= this.#connect(this.#ending.signal)
      .then(async (live) => {
        this.#live = live
        this.#restarted = true
        await lost?.client.close()
        return live
      })
      .finally(() => {
        this.#opening = undefined
      })
    return await this.#opening
  }

  async #connect(signal: AbortSignal): Promise<Live> {
    const { limits, url } = this
    const { path, agent } = this.#options
    try {
      return await connectClient({ way: this.#way, url, path, agent, signal, limits })
    } catch (error) {
      signal.throwIfAborted()
      throw remoteError(error, url)
    }
  }
}
