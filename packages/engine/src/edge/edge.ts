/** Owns the HTTP/1 edge: visitor connections come in here, and everything they share is made here. */
import { Connection } from './connection.ts'
import { createContext, type EdgeDeps, type VisitorSocket } from './context.ts'
import { type Admission, createAdmission } from './steps.ts'
import { VisitorEnd } from './visitor-end.ts'
import type { Visitor } from './visitor.ts'

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
  const admission = deps.admission ?? createAdmission(deps)
  const context = createContext(deps, admission)
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
