/** Owns an HTTP server that answers by an endpoint; it need not listen, as a tunnel hands it connections. */
import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { McpDeps } from '../deps.ts'
import type { Offer } from '../offer/offer.ts'
import { createServerFactory } from './build-server.ts'
import { hostOf } from './host.ts'
import { type HttpEndpoint, serveHttp, type ServeHttpOptions } from './serve-http.ts'

export interface HttpService {
  readonly server: Server
  /** Ends sessions and connections. */
  close(): Promise<void>
}

/** Tools of a profile, over Streamable HTTP. */
export const toolsOverHttp = (deps: McpDeps, offer: Offer, hosts: ServeHttpOptions['hosts']): HttpService =>
  httpService(
    serveHttp({ factory: createServerFactory(hostOf(deps), offer), limits: deps.limits, log: deps.log, hosts }),
  )

export const httpService = (endpoint: HttpEndpoint): HttpService => {
  const listener = getRequestListener((request) => endpoint.fetch(request), { overrideGlobalObjects: false })
  const server = createServer((request, response) => void listener(request, response))
  return {
    server,
    close: async () => {
      await endpoint.close()
      server.closeAllConnections()
      if (server.listening) await new Promise((done) => server.close(done))
    },
  }
}
