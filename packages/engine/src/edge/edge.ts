/** Owns the HTTP/1 edge: visitor connections come in here, and everything they share is made here. */
import { Connection } from './connection.ts'
import type { EdgeContext, EdgeDeps, VisitorSocket } from './context.ts'
import { HeadWriter } from './h1/head-writer.ts'
import { RequestHead } from './h1/request-head.ts'
import { ResponseHead } from './h1/response-head.ts'
import { RequestReports } from './request-reports.ts'
import { type Admission, createAdmission } from './steps.ts'
import { Sweeper } from './sweeper.ts'
import type { Visitor } from './visitor.ts'
import { VisitorEnd } from './visitor-end.ts'

/** The HTTP/1 edge of an engine. */
export interface Edge {
  /** Takes a connection whose first bytes are HTTP/1; the socket is paused and its next bytes follow `first`. */
  accept(socket: VisitorSocket, first: Uint8Array, visitor: Visitor): void
  /** The same checks for visits that do not come through `accept`: TCP, TLS and HTTP/2. */
  readonly admission: Omit<Admission, 'close'>
  /** Acts on timeouts; runs by itself, tests call it. */
  sweep(): void
  /** Drops all connections. */
  close(): void
}

/** Opens an edge. */
export const createEdge = (deps: EdgeDeps): Edge => {
  const { limits, clock } = deps
  const admission = deps.admission ?? createAdmission(deps)
  const context: EdgeContext = {
    deps,
    admission,
    reports: new RequestReports(deps),
    sweeper: new Sweeper(clock, limits.edgeSweepMs),
    request: new RequestHead(limits),
    response: new ResponseHead(limits),
    lent: new HeadWriter(),
    kept: new HeadWriter(),
  }
  return {
    accept: (socket, first, visitor) => new Connection(context, new VisitorEnd(context, socket, visitor)).start(first),
    admission,
    sweep: () => context.sweeper.sweep(),
    close: () => {
      context.sweeper.close()
      if (!deps.admission) admission.close()
    },
  }
}
