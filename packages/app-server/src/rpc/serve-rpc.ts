/** Owns requests on one wire: many at once, answered as each is done, and no more read than can be under way. */
import { LIMITS, type RpcFault, type RpcId } from '@towline/protocol'
import type { z } from 'zod'
import { NO_ID, readMessage, type RpcMessage, type RpcToken } from './message.ts'
import { faultOf, RpcError } from './rpc-error.ts'
import { AT_ONCE, type Inbox, type Turns } from './turns.ts'
import type { Wire } from './wire.ts'

/** One request. */
export interface RpcCall {
  /** Runs `work` once its answer is on its way. */
  after(work: () => void): void
}

export interface RpcHandler {
  /** Throws what is answered as an error. */
  request(method: string, params: unknown, call: RpcCall): object | Promise<object>
  notified(method: string): void
  /** What the server asked was answered. */
  answered?(id: RpcId, answer: { readonly result: unknown; readonly fault: RpcFault | undefined }): void
  drained(): void
  closed(): void
  /** Something of ours that went wrong. */
  broke(error: unknown, id: string): void
}

/** The other side of a wire. */
export interface Peer {
  notify(method: string, params: object): void
  /** It has more to read than it should. */
  readonly congested: boolean
  close(): void
}

export interface RpcPace {
  readonly turns: Turns
  /** Under way at once: the rest waits. */
  readonly requests: number
  /** While so many wait, no more is read. */
  readonly waiting: number
  /** A request that comes although so many wait is told to come again. */
  readonly most: number
  /** With so many bytes to read for the other side, no more of it is read. */
  readonly unreadBytes: number
  /** What is no message is passed over, as stock servers do, rather than answered. */
  readonly garbageIgnored: boolean
}

const EXEC_SERVER: RpcPace = {
  turns: AT_ONCE,
  requests: LIMITS.execServerRequests,
  waiting: 1,
  most: Number.POSITIVE_INFINITY,
  unreadBytes: Number.POSITIVE_INFINITY,
  garbageIgnored: false,
}

const OVERLOADED = 'Server overloaded; retry later.'

/** `open` is handed the peer before anything is heard of it. */
export const serveRpc = (wire: Wire, open: (peer: Peer) => RpcHandler, pace: RpcPace = EXEC_SERVER): void => {
  const handler = open({
    notify: (method, params) => wire.send(JSON.stringify({ method, params })),
    get congested() {
      return wire.queued >= LIMITS.execServerQueueBytes
    },
    close: () => wire.close(),
  })
  const served = new Served(wire, handler, pace)
  wire.sink = {
    message: (text) => served.heard(text),
    drained: () => {
      served.steer()
      handler.drained()
    },
    closed: () => {
      served.isClosed = true
      handler.closed()
    },
  }
  wire.resume()
}

type Incoming = Exclude<RpcMessage, { readonly kind: 'answer' }>

class Served implements Inbox {
  readonly #wire: Wire
  readonly #handler: RpcHandler
  readonly #pace: RpcPace
  #waiting: Incoming[] = []
  #first = 0
  #underWay = 0
  #isPaused = false
  isClosed = false

  constructor(wire: Wire, handler: RpcHandler, pace: RpcPace) {
    this.#wire = wire
    this.#handler = handler
    this.#pace = pace
  }

  heard(text: string): void {
    const message = this.#read(text)
    if (!message) return
    // Answers wait for nothing: what they answer may be what the rest waits for.
    if (message.kind === 'answer') return this.#handler.answered?.(message.id, message)
    if (message.kind === 'request' && this.#length >= this.#pace.most)
      return this.#refuse(message.id, new RpcError('overloaded', OVERLOADED))
    this.#waiting.push(message)
    this.#pace.turns.ready(this)
    this.steer()
  }

  next(): boolean {
    const message = this.#waiting[this.#first]
    if (!message || this.#underWay >= this.#pace.requests) return false
    this.#take()
    if (message.kind === 'request') void this.#work(message.id, message.method, message.params)
    else if (!this.isClosed) this.#handler.notified(message.method)
    if (this.#length < this.#pace.waiting) this.steer()
    return true
  }

  steer(): void {
    const { requests, waiting, unreadBytes } = this.#pace
    const full = this.#underWay >= requests || this.#length >= waiting || this.#wire.queued >= unreadBytes
    if (full === this.#isPaused) return
    this.#isPaused = full
    if (full) this.#wire.pause()
    else this.#wire.resume()
  }

  get #length(): number {
    return this.#waiting.length - this.#first
  }

  #take(): void {
    this.#first += 1
    if (this.#first < this.#waiting.length) return
    this.#waiting = []
    this.#first = 0
  }

  async #work(id: RpcToken, method: string, params: unknown): Promise<void> {
    if (this.isClosed) return
    const after: (() => void)[] = []
    this.#underWay += 1
    try {
      const result = await this.#handler.request(method, params, { after: (work) => void after.push(work) })
      this.#wire.send(`{"id":${id},"result":${JSON.stringify(result)}}`)
    } catch (error) {
      this.#refuse(id, error)
    } finally {
      this.#underWay -= 1
      for (const work of after) work()
      if (this.#length > 0) this.#pace.turns.ready(this)
      this.steer()
    }
  }

  #refuse(id: RpcToken, error: unknown): void {
    const fault = faultOf(error, (broken, name) => this.#handler.broke(broken, name))
    this.#wire.send(`{"id":${id},"error":${JSON.stringify(fault)}}`)
  }

  #read(text: string): RpcMessage | undefined {
    try {
      return readMessage(text)
    } catch (error) {
      if (!this.#pace.garbageIgnored) this.#refuse(NO_ID, error)
      return undefined
    }
  }
}

/** Params by their schema; what is wrong is named by its place. */
export const paramsBy = <Params>(schema: z.ZodType<Params>, params: unknown): Params => {
  const { success, data, error } = schema.safeParse(params ?? {})
  if (success) return data
  const [issue] = error.issues
  throw new RpcError('invalidParams', `${issue?.path.join('.') || 'params'}: ${issue?.message}`)
}
