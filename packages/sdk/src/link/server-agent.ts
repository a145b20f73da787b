/** Owns the connections of HTTP calls to one server: each is opened as links are, by proxy and verified certificate. */
import { Agent } from 'node:http'
import { deadline } from './deadline.ts'
import { openHttp } from './open-http.ts'
import { connectError } from './problems.ts'
import type { Server } from './server.ts'

/** Errors say what is wrong in our words. */
export class ServerAgent extends Agent {
  readonly #server: Server

  constructor(server: Server) {
    super({ keepAlive: true, maxSockets: 8, maxFreeSockets: 2 })
    this.#server = server
  }

  createConnection(_options: unknown, done: (error: Error | null, socket: never) => void): undefined {
    const limit = deadline(this.#server.limits.linkConnectMs)
    openHttp(this.#server, limit).then(
      (socket) => done(null, socket as never),
      (error: unknown) => done(connectError(this.#server.url, error), undefined as never),
    )
  }
}
