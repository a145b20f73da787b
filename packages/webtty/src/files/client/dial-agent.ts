/** Owns connections of the file client: made by whoever holds the way there, kept for the next request. */
import { Agent } from 'node:http'
import type { Duplex } from 'node:stream'

/** Makes a connection to the file service: a dialed stream, or TLS to a published URL. */
export type Connect = () => Promise<Duplex>

type Created = (error: Error | null, stream?: Duplex) => void

/** What node:http calls on kept sockets; a stream that is none has no such methods, and needs none. */
type MaybeSocket = Duplex & { ref?: () => void; unref?: () => void }

/** An agent that asks for its connections. */
export class DialAgent extends Agent {
  readonly #connect: Connect

  constructor(connect: Connect) {
    super({ keepAlive: true, maxFreeSockets: 4 })
    this.#connect = connect
  }

  createConnection(_: object, created: Created): undefined {
    this.#connect().then(
      (stream) => created(null, stream),
      (error: unknown) => created(error as Error),
    )
  }

  keepSocketAlive(stream: MaybeSocket): boolean {
    stream.unref?.()
    return true
  }

  reuseSocket(stream: MaybeSocket): void {
    stream.ref?.()
  }
}
