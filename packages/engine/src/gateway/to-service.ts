/** Owns serving a request by a tunnel whose service speaks HTTP/2: admitted, held while the host is away, forwarded. */
import { type ClientHttp2Stream, constants, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2'
import { AppError, type Principal } from '@towline/protocol'
import type { EdgeContext } from '../edge/context.ts'
import { routingHost } from '../edge/forwarding.ts'
import { requestId as newRequestId } from '../edge/request-ids.ts'
import type { LiveTunnel } from '../registry/live-tunnel.ts'
import type { Asked } from './asked.ts'
import { headersOf } from './h2-answer.ts'
import { type Head, type HeadField, pairs } from './head.ts'
import { refuse } from './refuse.ts'
import { type Rewritten, rewrite } from './rewrite.ts'
import type { Service, Services } from './service.ts'

const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR, NGHTTP2_FLAG_END_STREAM } = constants
/** A name may change hands while a request waits; not for ever. */
const ATTEMPTS = 3

/** One request on its way. */
interface Forwarded extends Asked {
  readonly context: EdgeContext
  readonly requestId: string
}

/** Forwards, or answers with the page of what went wrong. */
export const toService = async (context: EdgeContext, services: Services, asked: Asked): Promise<void> => {
  const forwarded: Forwarded = { ...asked, context, requestId: newRequestId() }
  try {
    const { live, rewritten } = await admit(forwarded)
    if (asked.signal.aborted) return
    const service = services.get(live, forwarded.requestId)
    new Exchange(forwarded, live, service).start(rewritten)
  } catch (error) {
    if (!asked.signal.aborted) refuse(context, error, forwarded)
  }
}

/** Asks again when another host took over while the request waited. */
const admit = async (forwarded: Forwarded): Promise<{ live: LiveTunnel; rewritten: Rewritten }> => {
  const { context, head, visitor, requestId, signal } = forwarded
  let live = routeOf(context, head)
  for (let attempt = 0; attempt < ATTEMPTS && live?.tunnel.httpVersion === 'h2c'; attempt++) {
    const rewritten = rewrite(context, { head, tunnel: live.tunnel, visitor, requestId })
    await rewritten.admitted
    if (live.online || signal.aborted) return { live, rewritten }
    live = await live.whenOnline(signal)
  }
  throw new AppError('TUNNEL_OFFLINE')
}

/** The tunnel of a head, by the host that the edge would route by. */
export const routeOf = ({ deps }: EdgeContext, { authority }: Head): LiveTunnel | undefined =>
  deps.router.http(routingHost(authority))

/** Throws HEAD_INVALID for a head that HTTP/2 has no form for: two values of a field that has one. */
const ask = ({ session, loss }: Service, headers: OutgoingHttpHeaders, hasBody: boolean): ClientHttp2Stream => {
  if (session.closed || session.destroyed) throw loss()
  try {
    return session.request(headers, { endStream: !hasBody, waitForTrailers: hasBody })
  } catch {
    throw new AppError('HEAD_INVALID', { problem: 'a field that may come once came twice' })
  }
}

/** A request with the service, and following its answer. */
class Exchange {
  readonly #forwarded: Forwarded
  readonly #live: LiveTunnel
  readonly #service: Service
  readonly #since: number
  #timer: NodeJS.Timeout | undefined
  /** What the service said was no HTTP/2. */
  #invalid: AppError | undefined
  #touched = false
  #done = false
  /** Of the answer; 0 before it has begun. */
  #status = 0

  constructor(forwarded: Forwarded, live: LiveTunnel, service: Service) {
    this.#forwarded = forwarded
    this.#live = live
    this.#service = service
    this.#since = forwarded.context.deps.clock()
  }

  start({ path, authority, fields, facts }: Rewritten): void {
    const { head, signal } = this.#forwarded
    const headers = {
      ':method': head.method,
      ':path': path,
      ':scheme': 'http',
      ':authority': authority,
      ...headersOf(fields),
    }
    const stream = this.#open(headers, facts.guest)
    this.#live.meter.began()
    signal.addEventListener('abort', () => stream.close(NGHTTP2_CANCEL), { once: true })
    this.#send(stream)
    this.#follow(stream)
  }

  /** On the word of a guest, if there is one: its end is that of the stream. */
  #open(headers: OutgoingHttpHeaders, guest: Principal | undefined): ClientHttp2Stream {
    const { head, context } = this.#forwarded
    let stream: ClientHttp2Stream | undefined
    const unfollow = guest && context.admission.follow(guest, () => stream && this.#revoked(stream))
    try {
      stream = ask(this.#service, headers, head.hasBody)
    } catch (error) {
      unfollow?.()
      throw error
    }
    if (unfollow) stream.once('close', unfollow)
    return stream
  }

  #revoked(stream: ClientHttp2Stream): void {
    this.#fail(new AppError('UNAUTHENTICATED'), NGHTTP2_CANCEL)
    stream.close(NGHTTP2_CANCEL)
  }

  #send(stream: ClientHttp2Stream): void {
    const { head, body, trailers } = this.#forwarded
    if (!head.hasBody) return this.#awaitAnswer(stream)
    stream.on('wantTrailers', () => stream.sendTrailers(headersOf(trailers())))
    body.pipe(stream, { end: false })
    body.on('end', () => {
      stream.end()
      this.#awaitAnswer(stream)
    })
  }

  /** Calls of gRPC bring their own deadline, and may rightly be silent for long. */
  #awaitAnswer(stream: ClientHttp2Stream): void {
    const { head, context } = this.#forwarded
    const type = head.fields.find(([name]) => name === 'content-type')?.[1]
    if (type?.startsWith('application/grpc') || this.#touched || this.#done) return
    this.#timer = setTimeout(() => {
      this.#fail(new AppError('UPSTREAM_TIMEOUT'), NGHTTP2_CANCEL)
      stream.close(NGHTTP2_CANCEL)
    }, context.deps.limits.responseHeadMs)
  }

  #follow(stream: ClientHttp2Stream): void {
    const { answer, head } = this.#forwarded
    stream.on('headers', (headers: IncomingHttpHeaders, _flags: number, raw: readonly string[]) => {
      this.#touch()
      answer.interim(Number(headers[':status']), pairs(raw))
    })
    stream.on('response', (headers: IncomingHttpHeaders, flags: number, raw: readonly string[]) => {
      this.#touch()
      const nothing = (flags & NGHTTP2_FLAG_END_STREAM) !== 0
      this.#status = Number(headers[':status'])
      answer.begin(this.#status, pairs(raw), { nothing, trailers: head.method !== 'HEAD' })
      if (!nothing) return this.#pass(stream)
      // What gRPC calls trailers-only stays one head.
      this.#finish()
      stream.resume()
    })
    stream.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      if (code === 'ERR_HTTP2_ERROR') this.#invalid = new AppError('UPSTREAM_INVALID', { problem: message })
    })
    stream.on('close', () => this.#closed(stream.rstCode))
  }

  /** Only from here on does the body flow: Node hands out bytes before it tells of a head that came with them. */
  #pass(stream: ClientHttp2Stream): void {
    const { answer } = this.#forwarded
    let trailers: readonly HeadField[] = []
    stream.on('trailers', (_headers: IncomingHttpHeaders, _flags: number, raw: readonly string[]) => {
      trailers = pairs(raw)
    })
    stream.on('data', (chunk: Buffer) => {
      if (!answer.body.destroyed && !answer.body.write(chunk)) stream.pause()
    })
    answer.body.on('drain', () => stream.resume())
    stream.on('end', () => {
      if (this.#done || stream.rstCode !== NGHTTP2_NO_ERROR) return
      this.#finish()
      answer.finish(trailers)
      if (!stream.writableEnded) stream.close(NGHTTP2_CANCEL)
    })
  }

  #touch(): void {
    if (this.#touched) return
    this.#touched = true
    clearTimeout(this.#timer)
    this.#live.meter.answered(this.#forwarded.context.deps.clock() - this.#since)
  }

  /** A code the service gave goes on to the visitor; a session that broke is told in a page. */
  #closed(code: number | undefined): void {
    if (this.#done) return
    const broke = this.#service.session.destroyed || code === undefined || code === NGHTTP2_NO_ERROR
    const error = this.#invalid ?? (broke ? this.#service.loss() : undefined)
    this.#fail(error, code || NGHTTP2_INTERNAL_ERROR)
  }

  #fail(error: AppError | undefined, code: number): void {
    if (this.#done) return
    this.#finish()
    const { answer, context, signal } = this.#forwarded
    if (signal.aborted) return
    if (answer.begun || (!error && answer.saysCodes)) return answer.fail(code)
    refuse(context, error ?? new AppError('UPSTREAM_RESET'), this.#forwarded)
  }

  #finish(): void {
    this.#done = true
    clearTimeout(this.#timer)
    this.#live.meter.ended()
    if (this.#status !== 0) this.#report()
  }

  /** What never began to be answered is told by its refusal. */
  #report(): void {
    const { context, requestId, head, visitor } = this.#forwarded
    const { tunnel } = this.#live
    const { projectId } = tunnel
    if (!context.reports.takes(projectId)) return
    const { method, authority, path } = head
    const line = `${method} ${path.split('?', 1)[0]}`
    const request = { requestId, host: routingHost(authority), line, status: this.#status, startedAt: this.#since }
    context.reports.tell({ ...request, address: visitor.address, tunnel, projectId })
  }
}
