/** Owns an app-server that a test plays: wires in memory, answers as a table, news and questions as the test says. */
import { EventEmitter } from 'node:events'
import type { RpcFault, RpcId } from '@towline/protocol'
import { within } from '@towline/testkit'
import type { Wire, WireSink } from '../rpc/wire.ts'

interface Sent {
  readonly id?: RpcId
  readonly method?: string
  // oxlint-disable-next-line typescript/no-explicit-any -- as it was sent
  readonly params?: any
  // oxlint-disable-next-line typescript/no-explicit-any -- as it was sent
  readonly result?: any
  readonly error?: RpcFault
}

/** The result, or what is thrown: a fault; undefined leaves the request open. */
export type Answering = (params: Sent['params'], line: PlayedLine) => unknown

export class Fault extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** One connection, seen from the server. */
export class PlayedLine implements Wire {
  sink: WireSink | undefined
  queued = 0
  isClosed = false
  readonly sent: Sent[] = []
  readonly #server: PlayedServer

  constructor(server: PlayedServer) {
    this.#server = server
  }

  send(text: string): void {
    if (this.isClosed) return
    const message = JSON.parse(text) as Sent
    this.sent.push(message)
    this.#server.heard(this, message)
  }

  pause(): void {}
  resume(): void {}

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.sink?.closed()
  }

  tell(message: object): void {
    if (!this.isClosed) this.sink?.message(JSON.stringify(message))
  }

  methods(): readonly string[] {
    return this.sent.flatMap(({ method }) => method ?? [])
  }
}

export class PlayedServer {
  readonly lines: PlayedLine[] = []
  readonly answers: Record<string, Answering>
  readonly #news = new EventEmitter().setMaxListeners(0)
  /** Connections are refused with it. */
  refusal: Error | undefined

  constructor(answers: Record<string, Answering> = {}) {
    this.answers = {
      initialize: () => ({ userAgent: 'played/1', towline: { version: '1', seq: true, methods: [] } }),
      ...answers,
    }
  }

  readonly connect = (): Promise<Wire> => {
    if (this.refusal) return Promise.reject(this.refusal)
    const line = new PlayedLine(this)
    this.lines.push(line)
    return Promise.resolve(line)
  }

  get line(): PlayedLine {
    return this.lines.at(-1) as PlayedLine
  }

  heard(line: PlayedLine, { id, method, params }: Sent): void {
    this.#news.emit('sent')
    if (method === undefined || id === undefined) return
    queueMicrotask(() => {
      try {
        const answering = this.answers[method]
        if (!answering) throw new Fault(-32600, `Invalid request: unknown variant \`${method}\``)
        const result = answering(params, line)
        if (result !== undefined) line.tell({ id, result })
      } catch (error) {
        const { code, message } = error as Fault
        line.tell({ id, error: { code, message } })
      }
    })
  }

  /** The first message of any line that fits. */
  async said(what: string, fits: (sent: Sent, line: PlayedLine) => boolean): Promise<Sent> {
    const look = (): Sent | undefined => {
      for (const line of this.lines) for (const sent of line.sent) if (fits(sent, line)) return sent
      return undefined
    }
    return await within(
      what,
      new Promise<Sent>((done) => {
        const hear = (): void => {
          const sent = look()
          if (!sent) return
          this.#news.off('sent', hear)
          done(sent)
        }
        this.#news.on('sent', hear)
        hear()
      }),
    )
  }
}
