/** Owns lines of JSON over a socket, each of bounded length. */
import type { Socket } from 'node:net'
import { parseJson } from '@towline/base'
import { AppError } from '@towline/protocol'

const NEWLINE = 0x0a
/** Neither side says more before it was answered; further lines are dropped. */
const UNREAD = 2

export class LineSocket {
  readonly #socket: Socket
  readonly #bytes: number
  #parts: Buffer[] = []
  #length = 0
  #lines: string[] = []
  #over: AppError | true | undefined
  #wake: (() => void) | undefined

  /** `bytes`: the longest line that is taken. */
  constructor(socket: Socket, bytes: number) {
    this.#socket = socket
    this.#bytes = bytes
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    for (const event of ['end', 'close', 'error'] as const) socket.on(event, () => this.#end(true))
  }

  /** Undefined when no further line comes, also when the connection broke. Rejects with PAYLOAD_TOO_LARGE. */
  async next(): Promise<string | undefined> {
    while (this.#lines.length === 0 && this.#over === undefined) {
      await new Promise<void>((done) => {
        this.#wake = done
      })
    }
    const line = this.#lines.shift()
    if (line === undefined && this.#over instanceof AppError) throw this.#over
    return line
  }

  /** What the next line holds; undefined as {@link next} or when it is no JSON. */
  async read(): Promise<unknown> {
    const line = await this.next()
    return line === undefined ? undefined : parseJson(line)
  }

  send(value: unknown): void {
    if (!this.#socket.destroyed) this.#socket.write(`${JSON.stringify(value)}\n`)
  }

  /** After what was sent. */
  end(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    let from = 0
    for (let at = chunk.indexOf(NEWLINE); at >= 0 && this.#over === undefined; at = chunk.indexOf(NEWLINE, from)) {
      this.#keep(chunk.subarray(from, at))
      from = at + 1
      if (this.#over === undefined && this.#lines.length < UNREAD)
        this.#lines.push(Buffer.concat(this.#parts).toString())
      this.#parts = []
      this.#length = 0
    }
    this.#keep(chunk.subarray(from))
    this.#wake?.()
  }

  #keep(part: Buffer): void {
    if (this.#over !== undefined) return
    this.#length += part.length
    if (this.#length <= this.#bytes) return void this.#parts.push(part)
    this.#parts = []
    this.#end(new AppError('PAYLOAD_TOO_LARGE', { limit: this.#bytes }))
  }

  #end(why: AppError | true): void {
    this.#over ??= why
    this.#wake?.()
  }
}
