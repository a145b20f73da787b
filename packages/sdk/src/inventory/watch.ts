/** Owns following the events of a project: server-sent events or a WebSocket, taken up again where they broke off. */
import { pause } from '@towline/base'
import { AppError, type WatchEvent } from '@towline/protocol'
import type { WebSocket } from 'ws'
import { type Deadline, deadline } from '../link/deadline.ts'
import { connectError } from '../link/problems.ts'
import { retryDelayMs } from '../session/backoff.ts'
import { endsSession } from '../session/final.ts'
import type { ApiClient } from './api-client.ts'
import { readEvents } from './sse.ts'

export interface WatchOptions {
  readonly tunnelFilter?: string | undefined
  readonly clientFilter?: string | undefined
  /** The last event that is known; without it the first event is `state.initial`. */
  readonly lastEventId?: string | undefined
  /** Ends the watch without an error. */
  readonly signal?: AbortSignal | undefined
}

/** Events of one connection, after `lastEventId`. */
type Connection = (api: ApiClient, options: WatchOptions, signal: AbortSignal) => AsyncIterable<WatchEvent>

/**
 * Yields events until `signal` is aborted, across broken connections; after a long gap `state.initial` comes again. Throws when
 * the first connection fails, and later when the cause will not pass by itself.
 */
export async function* watch(
  api: ApiClient,
  options: WatchOptions,
  connection: Connection = serverSent,
): AsyncGenerator<WatchEvent> {
  const over = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, over.signal]) : over.signal
  let { lastEventId } = options
  let everHeard = false
  let failures = 0
  let renewed = false
  try {
    while (!signal.aborted) {
      try {
        for await (const event of connection(api, { ...options, lastEventId }, signal)) {
          everHeard = true
          failures = 0
          renewed = false
          lastEventId = event.id
          yield event
          if (signal.aborted) return
        }
      } catch (error) {
        if (signal.aborted) return
        const told: AppError | undefined = renewed ? connectError(api.server.url, error) : await api.refused(error)
        renewed = told === undefined
        if (told === undefined) continue
        if (everHeard ? endsSession(told) : true) throw told
      }
      failures++
      await pause(retryDelayMs(failures, api.server.limits), signal)
    }
  } finally {
    over.abort()
  }
}

const PATH = '/api/engine/watch'

/** One connection of server-sent events. */
async function* serverSent(api: ApiClient, options: WatchOptions, signal: AbortSignal): AsyncGenerator<WatchEvent> {
  const { limits } = api.server
  const { tunnelFilter, clientFilter, lastEventId } = options
  const quiet = new Quiet(limits.watchSilentMs, signal)
  try {
    const headers = { accept: 'text/event-stream', ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) }
    const response = await api.stream(
      { method: 'GET', path: PATH, query: { tunnelFilter, clientFilter }, headers },
      quiet.limit,
    )
    response.on('data', () => quiet.heard())
    const chunks = response as AsyncIterable<Uint8Array>
    for await (const { data } of readEvents(chunks, limits.watchEventBytes, () => strange(api)))
      yield parseEvent(api, data)
  } catch (error) {
    throw quiet.broken ? silent(api) : error
  } finally {
    quiet.close()
  }
}

/** One connection of a WebSocket. */
export async function* socketSent(
  api: ApiClient,
  options: WatchOptions,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const { limits } = api.server
  const { openWebSocket } = await import('../link/web-socket.ts')
  const webSocket = await openWebSocket(api.server, deadline(limits.linkConnectMs, signal), {
    path: `${PATH}/ws${queryOf(options)}`,
    protocols: [],
    headers: await api.authorization(),
    maxPayload: limits.watchEventBytes,
  })
  const quiet = new Quiet(limits.watchSilentMs, signal)
  webSocket.on('ping', () => quiet.heard())
  try {
    for await (const text of messagesOf(webSocket, quiet)) yield parseEvent(api, text)
    if (quiet.broken) throw silent(api)
  } finally {
    quiet.close()
    webSocket.terminate()
  }
}

const queryOf = ({ tunnelFilter, clientFilter, lastEventId }: WatchOptions): string => {
  const entries = Object.entries({ tunnelFilter, clientFilter, lastEventId })
  const query = new URLSearchParams(entries.filter((entry): entry is [string, string] => entry[1] !== undefined))
  return query.size > 0 ? `?${query.toString()}` : ''
}

/** Reading stops while the reader is busy, so that nothing piles up here. */
async function* messagesOf(webSocket: WebSocket, quiet: Quiet): AsyncGenerator<string> {
  const waiting: string[] = []
  let wake = (): void => {}
  let over = webSocket.readyState !== webSocket.OPEN
  webSocket.on('message', (data: Buffer) => {
    quiet.heard()
    waiting.push(data.toString())
    webSocket.pause()
    wake()
  })
  const end = (): void => {
    over = true
    wake()
  }
  webSocket.on('close', end).on('error', end)
  quiet.limit.signal.addEventListener('abort', end, { once: true })
  if (quiet.limit.signal.aborted) end()
  for (;;) {
    while (waiting.length > 0) yield waiting.shift() as string
    if (over) return
    webSocket.resume()
    await new Promise<void>((done) => {
      wake = done
      if (waiting.length > 0 || over) done()
    })
  }
}

/** Breaks a connection off on which nothing was heard for too long. */
class Quiet {
  readonly limit: Deadline
  readonly #timeout = new AbortController()
  readonly #timer: NodeJS.Timeout

  constructor(ms: number, signal: AbortSignal) {
    const timeout = this.#timeout
    this.#timer = setTimeout(() => timeout.abort(), ms)
    this.limit = {
      signal: AbortSignal.any([signal, timeout.signal]),
      get passed() {
        return timeout.signal.aborted
      },
    }
  }

  get broken(): boolean {
    return this.#timeout.signal.aborted
  }

  heard(): void {
    this.#timer.refresh()
  }

  close(): void {
    clearTimeout(this.#timer)
  }
}

const parseEvent = (api: ApiClient, text: string): WatchEvent => {
  try {
    const event = JSON.parse(text) as WatchEvent
    if (typeof event.id === 'string' && typeof event.type === 'string') return event
  } catch {
    // told below
  }
  throw strange(api)
}

const strange = ({ server }: ApiClient): AppError =>
  new AppError('NOT_TOWLINE', { url: server.url, problem: 'it sends no events of a watch' })

const silent = ({ server }: ApiClient): AppError =>
  new AppError('SERVER_UNREACHABLE', { url: server.url, problem: 'it sent nothing for too long' })
