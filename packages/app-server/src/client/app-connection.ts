/** Owns one connection to an app-server: requests and their answers, until it is gone. */
import { AppError, type RpcAnswer, type RpcFault, type RpcId } from '@towline/protocol'
import type { Wire } from '../rpc/wire.ts'
import { type AppNotification, readServerMessage } from './app-messages.ts'
import { refusal } from './refusal.ts'

export interface Hearing {
  /** Of a request; none is used twice, for a relay may answer what an earlier connection has asked. */
  nextId(): number
  notification(told: AppNotification): void
  question(id: RpcId, method: string, params: object): void
  /** Something that is no message. */
  nonsense(): void
  /** Once. */
  closed(): void
}

export interface Asking {
  readonly ms: number
  readonly signal?: AbortSignal | undefined
  /** Hears of the result before anything that comes after it. */
  readonly onResult?: ((result: unknown) => void) | undefined
}

interface Waiting {
  readonly method: string
  readonly answered: (result: unknown) => void
  readonly failed: (error: unknown) => void
}

export class AppConnection {
  readonly #wire: Wire
  readonly #nextId: () => number
  readonly #waiting = new Map<RpcId, Waiting>()
  #closed = false

  constructor(wire: Wire, hearing: Hearing) {
    this.#wire = wire
    this.#nextId = () => hearing.nextId()
    wire.sink = {
      message: (text) => this.#heard(text, hearing),
      drained: () => undefined,
      closed: () => {
        if (this.#closed) return
        this.#closed = true
        for (const { method, failed } of this.#waiting.values()) failed(new AppError('APP_SERVER_LOST', { method }))
        hearing.closed()
      },
    }
    wire.resume()
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** Rejects with what the server answered ({@link isRefusal}), APP_SERVER_LOST, APP_SERVER_SILENT, or the signal's reason. */
  request(method: string, params: object | undefined, { ms, signal, onResult }: Asking): Promise<unknown> {
    if (this.#closed) return Promise.reject(new AppError('APP_SERVER_LOST', { method }))
    if (signal?.aborted) return Promise.reject(signal.reason as Error)
    const id = this.#nextId()
    return new Promise((done, fail) => {
      const over = (): void => {
        clearTimeout(late)
        this.#waiting.delete(id)
        signal?.removeEventListener('abort', onAbort)
      }
      const failed = (error: unknown): void => {
        over()
        fail(error as Error)
      }
      const onAbort = (): void => failed(signal?.reason)
      const late = setTimeout(() => failed(new AppError('APP_SERVER_SILENT', { method, seconds: ms / 1000 })), ms)
      signal?.addEventListener('abort', onAbort, { once: true })
      const answered = (result: unknown): void => {
        over()
        onResult?.(result)
        done(result)
      }
      this.#waiting.set(id, { method, answered, failed })
      this.#wire.send(JSON.stringify({ id, method, ...(params && { params }) }))
    })
  }

  notify(method: string): void {
    if (!this.#closed) this.#wire.send(JSON.stringify({ method }))
  }

  answer(answer: RpcAnswer): void {
    if (!this.#closed) this.#wire.send(JSON.stringify(answer))
  }

  close(): void {
    this.#wire.close()
  }

  #heard(text: string, hearing: Hearing): void {
    const message = readServerMessage(text)
    if (!message) return hearing.nonsense()
    if (message.method === undefined) return this.#answered(message)
    if (message.id === undefined) return hearing.notification(message)
    hearing.question(message.id, message.method, message.params)
  }

  #answered(message: { readonly id: RpcId; readonly error?: RpcFault | undefined; readonly result?: unknown }): void {
    const waiting = this.#waiting.get(message.id)
    if (!waiting) return
    if (!message.error) return waiting.answered(message.result)
    waiting.failed(refusal(waiting.method, message.error))
  }
}
