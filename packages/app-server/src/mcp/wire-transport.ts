/** Owns the messages of MCP on a wire, as its SDK wants them. */
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client'
import type { Program } from '../rpc/open-program.ts'

/** Of a program that was started; it ends when this is closed. */
export class WireTransport implements Transport {
  onclose?: (() => void) | undefined
  onerror?: ((error: Error) => void) | undefined
  onmessage?: Transport['onmessage']
  readonly #program: Program

  constructor(program: Program) {
    this.#program = program
  }

  start(): Promise<void> {
    const { wire } = this.#program
    wire.sink = {
      message: (text) => this.#heard(text),
      drained: () => undefined,
      closed: () => this.onclose?.(),
    }
    wire.resume()
    return Promise.resolve()
  }

  send(message: JSONRPCMessage): Promise<void> {
    this.#program.wire.send(JSON.stringify(message))
    return Promise.resolve()
  }

  close(): Promise<void> {
    return this.#program.close()
  }

  /** What programs print besides is no message. */
  #heard(text: string): void {
    let message: unknown
    try {
      message = JSON.parse(text)
    } catch {
      return this.onerror?.(new Error('it printed a line that is no message'))
    }
    if (typeof message === 'object' && message !== null) this.onmessage?.(message as JSONRPCMessage)
  }
}
