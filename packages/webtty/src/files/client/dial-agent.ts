/** Owns connections of the file client: made by whoever holds the way there, kept for the next request. */
import { Agent } from 'node:http'
import type { Duplex } from 'node:stream'

/** Makes a connection to the file service: a dialed stream, or TLS to a published URL. */
export type Connect = () => Promise<Duplex>

/** Of one client; further requests wait for theirs. */
const CONNECTIONS = 8

type Created = (error: Error | null, stream?: Duplex) => void

/** An agent that asks for its connections. */
export class DialAgent extends Agent {
  readonly #connect: Connect

  constructor(connect: Connect) {
    super({ keepAlive: true, maxSockets: CONNECTIONS, maxFreeSockets: CONNECTIONS })
    this.#connect = connect
  }

  createConnection(_: object, created: Created): undefined {
    this.#connect().then(
      (stream) => created(null, asSocket(stream)),
      (error: unknown) => created(error as Error),
    )
  }
}

/** What an agent calls on connections that it keeps, for streams that are no sockets. */
const asSocket = (stream: Duplex): Duplex => {
  let timer: NodeJS.Timeout | undefined
  const none = (): Duplex => stream
  // The agent gives a kept connection this long, by what the service says of its own patience, then takes it away.
  const setIdle = (ms: number): Duplex => {
    clearTimeout(timer)
    if (ms > 0) timer = setTimeout(() => stream.emit('timeout'), ms).unref()
    return stream
  }
  const missing = { ref: none, unref: none, setKeepAlive: none, setNoDelay: none, setTimeout: setIdle }
  for (const [name, method] of Object.entries(missing)) if (!(name in stream)) Object.assign(stream, { [name]: method })
  stream.once('close', () => clearTimeout(timer))
  return stream
}
