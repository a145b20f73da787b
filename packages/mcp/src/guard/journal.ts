/** Owns the seam to what keeps a record of what agents do. */
import type { AgentCall } from '@towline/protocol'
import type { Connection } from '@towline/operations'

/** A call, before it is known what becomes of it. */
export type BegunCall = Omit<AgentCall, 'code' | 'durationMs'>

export interface Journal {
  /** Resolves once it would outlive this process. Rejects when that cannot be; the call is then not made. */
  begin(call: BegunCall, connection: Connection | undefined): Promise<void>
  /** Also of calls that were not made. Rejects when it cannot be written. It is told where the connection leads, in the background. */
  end(call: AgentCall, connection: Connection | undefined): Promise<void>
  /** Tells what is left, within a deadline. */
  close(): Promise<void>
}
