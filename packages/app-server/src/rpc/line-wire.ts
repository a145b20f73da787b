/** Owns messages as lines: of standard input and output, or a socket. */
import type { Readable, Writable } from 'node:stream'
import { LIMITS } from '@towline/protocol'
import type { Wire, WireSink } from './wire.ts'

const BREAK = 0x0a

/** Lines longer than `execServerMessageBytes` close it. Reading begins with `resume`. */
export class LineWire implements Wire {
  sink: WireSink | undefined
  readonly #input: Readable
  readonly #output: Writable
  #parts: Buffer[] = []
  #bytes = 0
  #closed = false

  constructor(input: Readable, output: Writable) {
    this.#input = input
    this.#output = output
    input.on('data', (chunk: Buffer | string) => this.#take(Buffer.from(chunk)))
    for (const name of ['end', 'close', 'error'] as const) input.once(name, () => this.#end())
    output.once('error', () => this.#end())
    output.on('drain', () => this.sink?.drained())
    input.pause()
  }

  get queued(): number {
    return this.#output.writableLength
  }

  send(text: string): void {
    if (!this.#closed && this.#output.writable) this.#output.write(`${text}\n`)
  }

  pause(): void {
    this.#input.pause()
  }

  resume(): void {
    if (!this.#closed) this.#input.resume()
  }

  close(): void {
    this.#end()
    this.#input.destroy()
  }

  #take(chunk: Buffer): void {
    let from = 0
    for (let at = chunk.indexOf(BREAK); at >= 0 && !this.#closed; at = chunk.indexOf(BREAK, from)) {
      this.#keep(chunk.subarray(from, at))
      from = at + 1
      const text = Buffer.concat(this.#parts).toString()
      this.#parts = []
      this.#bytes = 0
      if (text.trim() !== '') this.sink?.message(text)
    }
    this.#keep(chunk.subarray(from))
  }

  #keep(part: Buffer): void {
    this.#bytes += part.length
    if (this.#bytes > LIMITS.execServerMessageBytes) return this.close()
    if (part.length > 0) this.#parts.push(part)
  }

  #end(): void {
    if (this.#closed) return
    this.#closed = true
    this.#parts = []
    this.sink?.closed()
  }
}
