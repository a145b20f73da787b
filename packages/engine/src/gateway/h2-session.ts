/** Owns one visitor's HTTP/2 connection: its bounds, and where each request goes. */
import type { Socket } from 'node:net'
import {
  constants,
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Limits } from '@towline/protocol'
import type { EdgeContext } from '../edge/context.ts'
import type { Edge } from '../edge/edge.ts'
import type { Visitor } from '../edge/visitor.ts'
import type { Asked } from './asked.ts'
import { H2Answer } from './h2-answer.ts'
import { Heartbeat } from './heartbeat.ts'
import { type HeadField, pairs, readHead } from './head.ts'
import { refuse } from './refuse.ts'
import { Services } from './service.ts'
import { LoopAgent, throughEdge } from './through-edge.ts'
import { routeOf, toService } from './to-service.ts'

const { NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_FLAG_END_STREAM, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = constants
const SECOND_MS = 1000

/** What connections of one gateway share. */
export interface H2Deps {
  readonly context: EdgeContext
  readonly edge: Pick<Edge, 'accept'>
}

/** What Node tells of a request; the last is the head as it came, names and values in turn. */
type StreamEvent = [ServerHttp2Stream, IncomingHttpHeaders, number, readonly string[]]

/** See the file's head. */
export class VisitorSession {
  readonly #context: EdgeContext
  readonly #visitor: Visitor
  readonly #session: ServerHttp2Session
  readonly #agent: LoopAgent
  readonly #services: Services
  readonly #open = new Set<ServerHttp2Stream>()
  #resets = 0
  #resetsSince = 0
  #idleSince = performance.now()
  #closing = false

  /** `socket` may be paused with bytes in it. `over` is called once. */
  constructor({ context, edge }: H2Deps, socket: Socket, { visitor, over }: { visitor: Visitor; over: () => void }) {
    const { limits } = context.deps
    this.#context = context
    this.#visitor = visitor
    this.#agent = new LoopAgent(edge, visitor, limits)
    this.#services = new Services(visitor, limits)
    this.#session = handshake(socket, limits)
    this.#session.on('error', (error: Error) =>
      context.deps.log.debug({ visitor: visitor.address, problem: error.message }, 'HTTP/2 broke'),
    )
    this.#session.on('stream', (...[stream, , flags, raw]: StreamEvent) => this.#onStream(stream, flags, raw))
    const heartbeat = new Heartbeat(this.#session, limits.h2PingMs, (silentMs) => this.#onBeat(silentMs))
    // Our sockets may be half open, and HTTP/2 has no use for that: nobody would end what the visitor has left.
    socket.once('end', () => this.#session.destroy())
    this.#session.once('close', () => {
      heartbeat.stop()
      this.#agent.destroy()
      this.#services.close()
      over()
    })
  }

  /** Says GOAWAY, then ends every stream and the connection. */
  close(code: number = NGHTTP2_NO_ERROR): void {
    const session = this.#session
    if (this.#closing || session.destroyed) return
    this.#closing = true
    session.goaway(code)
    setImmediate(() => {
      if (!session.destroyed) session.destroy(undefined, code)
    })
  }

  #onStream(stream: ServerHttp2Stream, flags: number, raw: readonly string[]): void {
    if (this.#closing) return stream.close(NGHTTP2_REFUSED_STREAM)
    const asked = this.#follow(stream)
    const visitor = this.#visitor
    try {
      const head = readHead(raw, (flags & NGHTTP2_FLAG_END_STREAM) === 0)
      const request: Asked = { ...asked, head }
      if (routeOf(this.#context, head)?.tunnel.httpVersion !== 'h2c') {
        return throughEdge(this.#context, this.#agent, request)
      }
      toService(this.#context, this.#services, request).catch((error: unknown) => {
        refuse(this.#context, error, request)
      })
    } catch (error) {
      refuse(this.#context, error, { visitor, answer: asked.answer })
    }
  }

  #follow(stream: ServerHttp2Stream): Omit<Asked, 'head'> {
    const answer = new H2Answer(stream)
    const gone = new AbortController()
    let late: readonly HeadField[] = []
    this.#open.add(stream)
    stream.on('error', () => {})
    stream.on('trailers', (_headers, _flags, raw?: readonly string[]) => {
      late = pairs(raw ?? [])
    })
    stream.on('close', () => {
      this.#open.delete(stream)
      this.#idleSince = performance.now()
      if (answer.done) return
      gone.abort()
      this.#countReset()
    })
    return {
      visitor: this.#visitor,
      body: stream,
      trailers: () => late,
      answer,
      signal: gone.signal,
    }
  }

  /** Asking and breaking off at once costs a visitor nothing and us a lot (CVE-2023-44487, CVE-2025-8671). */
  #countReset(): void {
    const now = performance.now()
    if (now - this.#resetsSince >= SECOND_MS) {
      this.#resetsSince = now
      this.#resets = 0
    }
    this.#resets++
    if (this.#resets > this.#context.deps.limits.h2Resets) this.close(NGHTTP2_ENHANCE_YOUR_CALM)
  }

  /** Without requests for too long, or without an answer to our ping, unless it is slow to read what it asked for. */
  #onBeat(silentMs: number): void {
    const { h2PingMs, idleMs, writeStallMs } = this.#context.deps.limits
    const idleFor = performance.now() - this.#idleSince
    if (this.#open.size === 0 && idleFor >= idleMs) return this.close()
    const stalled = [...this.#open].some((stream) => stream.writableNeedDrain)
    if (silentMs >= (stalled ? writeStallMs : h2PingMs)) this.close()
  }
}

const handshake = (socket: Socket, limits: Limits): ServerHttp2Session => {
  // Heads up to twice our bounds are read, so that they can be answered with 431.
  const options = {
    maxHeaderListPairs: 2 * limits.headFields,
    maxSessionInvalidFrames: limits.headFields,
    settings: {
      maxConcurrentStreams: limits.h2Streams,
      initialWindowSize: limits.h2StreamWindow,
      maxHeaderListSize: 2 * limits.headBytes,
    },
  }
  const session = performServerHandshake(socket, options)
  session.once('remoteSettings', () => {
    if (!session.destroyed) session.setLocalWindowSize(limits.h2SessionWindow)
  })
  // A paused connection is not being read; the session takes what is in it one tick later.
  process.nextTick(() => setImmediate(() => socket.destroyed || socket.read(0)))
  return session
}
