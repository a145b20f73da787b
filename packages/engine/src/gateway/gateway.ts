/** Owns everything that is not HTTP/1 to HTTP/1: visitors that speak HTTP/2, and services that do. */
import type { Socket } from 'node:net'
import { createContext, type EdgeDeps } from '../edge/context.ts'
import type { Edge } from '../edge/edge.ts'
import type { Visitor } from '../edge/visitor.ts'
import { H1Server } from './h1-server.ts'
import { VisitorSession } from './h2-session.ts'

/** What the HTTP/1 edge is given, and the edge itself. */
export interface GatewayDeps extends Omit<EdgeDeps, 'gateway'> {
  readonly edge: Pick<Edge, 'accept' | 'admission'>
}

/**
 * Requests over HTTP/2 go through the HTTP/1 edge, API hosts included, unless the tunnel's service speaks HTTP/2; those
 * go to it directly, judged by the edge's own parser and steps. Extended CONNECT is not offered, so browsers open
 * WebSockets over HTTP/1.1.
 */
export interface Gateway {
  /** Takes a connection that speaks HTTP/2, paused or not. */
  http2(socket: Socket, visitor: Visitor): void
  /** Takes a paused HTTP/1 connection whose tunnel's service speaks HTTP/2. */
  http1(socket: Socket): void
  /** Drops all connections. */
  close(): void
}

export const createGateway = (deps: GatewayDeps): Gateway => {
  const { edge } = deps
  const context = createContext(deps, edge.admission)
  const sessions = new Set<VisitorSession>()
  const http1 = new H1Server(context)
  return {
    http2(socket, visitor) {
      if (socket.destroyed) return
      const session: VisitorSession = new VisitorSession({ context, edge }, socket, {
        visitor,
        over: () => sessions.delete(session),
      })
      sessions.add(session)
    },
    http1: (socket) => http1.accept(socket),
    close() {
      context.sweeper.close()
      for (const session of [...sessions]) session.close()
      http1.close()
    },
  }
}
