/** Owns HTTP/1 visitors of tunnels whose service speaks HTTP/2. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { addressOf } from '@towline/base'
import { AppError } from '@towline/protocol'
import type { EdgeContext } from '../edge/context.ts'
import type { Visitor } from '../edge/visitor.ts'
import type { Asked } from './asked.ts'
import { H1Answer } from './h1-answer.ts'
import { type Head, pairs } from './head.ts'
import { refuse } from './refuse.ts'
import { Services } from './service.ts'
import { routeOf, toService } from './to-service.ts'

/** One visitor's connection. */
interface Caller {
  readonly visitor: Visitor
  readonly services: Services
  readonly socket: Socket
  /** Runs while no request is open. */
  idle: NodeJS.Timeout | undefined
}

/** See the file's head. */
export class H1Server {
  readonly #context: EdgeContext
  readonly #server: Server
  readonly #callers = new Map<Socket, Caller>()

  constructor(context: EdgeContext) {
    const { limits } = context.deps
    this.#context = context
    this.#server = createServer({ insecureHTTPParser: false, requireHostHeader: true, maxHeaderSize: limits.headBytes })
    this.#server.keepAliveTimeout = limits.idleMs
    this.#server.on('request', (request, response) => this.#serve(request, response))
    this.#server.on('checkContinue', (request, response) => this.#serve(request, response))
    this.#server.on('checkExpectation', (request, response) => this.#serve(request, response))
  }

  /** Takes a connection whose first bytes wait in it. */
  accept(socket: Socket): void {
    const visitor = visitorOf(socket)
    const services = new Services(visitor, this.#context.deps.limits)
    const caller: Caller = { visitor, services, socket, idle: undefined }
    this.#callers.set(socket, caller)
    socket.on('error', () => {})
    socket.once('close', () => {
      clearTimeout(caller.idle)
      this.#callers.delete(socket)
      services.close()
    })
    this.#rest(caller)
    this.#server.emit('connection', socket)
    socket.resume()
  }

  /** Drops all connections. */
  close(): void {
    for (const socket of [...this.#callers.keys()]) socket.destroy()
  }

  /** The next head must be complete in time, however slowly its bytes come. */
  #rest(caller: Caller): void {
    const { idleMs, headMs } = this.#context.deps.limits
    caller.idle = setTimeout(() => caller.socket.destroy(), idleMs + headMs)
    caller.idle.unref()
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const caller = this.#callers.get(request.socket)
    if (!caller) return void response.destroy()
    clearTimeout(caller.idle)
    response.once('finish', () => this.#rest(caller))
    const asked = askedOf(request, response, caller.visitor)
    const live = routeOf(this.#context, asked.head)
    if (live?.tunnel.httpVersion !== 'h2c') return this.#turnAway(asked, response, live !== undefined)
    toService(this.#context, caller.services, asked).catch((error: unknown) => refuse(this.#context, error, asked))
  }

  /** Another host needs another connection (421); one that leads nowhere is told so. */
  #turnAway(asked: Asked, response: ServerResponse, known: boolean): void {
    response.setHeader('connection', 'close')
    response.shouldKeepAlive = false
    refuse(this.#context, new AppError(known ? 'HOST_REFUSED' : 'TUNNEL_UNKNOWN'), asked)
  }
}

const askedOf = (request: IncomingMessage, response: ServerResponse, visitor: Visitor): Asked => {
  const gone = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  return {
    head: headOf(request),
    visitor,
    body: request,
    trailers: () => pairs(request.rawTrailers),
    answer: new H1Answer(response),
    signal: gone.signal,
  }
}

/** Node refuses more than one Host and framing that is in doubt before it comes here. */
const headOf = (request: IncomingMessage): Head => {
  const fields = pairs(request.rawHeaders)
  const { headers, method = '', url = '' } = request
  return {
    method,
    path: url,
    authority: headers.host ?? '',
    fields: fields.filter(([name]) => name !== 'host'),
    hasBody: headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0,
  }
}

const visitorOf = (socket: Socket): Visitor => ({
  address: addressOf(socket.remoteAddress),
  port: socket.remotePort ?? 0,
  localPort: socket.localPort ?? 0,
  secure: 'encrypted' in socket && socket.encrypted === true,
})
