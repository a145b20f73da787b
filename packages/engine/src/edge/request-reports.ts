/** Owns which requests are told to the authority for the logs of their projects: so many a second, whatever comes. */
import type { Authority, Limits, LogEntry, Tunnel } from '@towline/protocol'

export interface RequestReportsDeps {
  readonly authority: Pick<Authority, 'observe'>
  readonly limits: Limits
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** A request that is over. */
export interface Reported {
  readonly requestId: string
  readonly host: string
  /** `METHOD path`; absent when it never got that far. */
  readonly line?: string | undefined
  readonly status: number
  readonly startedAt?: number
  readonly address: string
  readonly code?: string
  readonly projectId: string
  readonly tunnel?: Tunnel
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

interface Second {
  at: number
  taken: number
}

export class RequestReports {
  readonly #deps: RequestReportsDeps
  readonly #seconds = new Map<string, Second>()

  constructor(deps: RequestReportsDeps) {
    this.#deps = deps
  }

  /** Whether a request of a project that begins now is to be told; a few numbers, so that a flood costs nothing. */
  takes(projectId: string): boolean {
    const at = Math.floor(this.#deps.clock() / 1000)
    const second = this.#seconds.get(projectId)
    if (second?.at === at) return ++second.taken <= this.#deps.limits.requestLogsPerSecond
    if (second) Object.assign(second, { at, taken: 1 })
    else this.#start(projectId, at)
    return true
  }

  /** One plain object a call: this is part of what a visitor waits for. */
  tell({ projectId, requestId, host, status, address, line, startedAt, code, tunnel }: Reported): void {
    const now = this.#deps.clock()
    const at = Math.floor(now / 1000)
    const entry: Writable<LogEntry> = { projectId, at, kind: 'request', requestId, host, status, address }
    if (code !== undefined) entry.code = code
    if (startedAt !== undefined) entry.durationMs = now - startedAt
    if (tunnel) {
      entry.tunnelId = tunnel.id
      entry.tunnel = tunnel.name
      entry.labels = tunnel.labels
    }
    if (line !== undefined) {
      const space = line.indexOf(' ')
      entry.method = line.slice(0, space)
      entry.path = line.slice(space + 1)
    }
    this.#deps.authority.observe(entry)
  }

  #start(projectId: string, at: number): void {
    if (this.#seconds.size >= this.#deps.limits.authCacheEntries) this.#seconds.clear()
    this.#seconds.set(projectId, { at, taken: 1 })
  }
}
