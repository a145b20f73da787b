/** Owns starting a process: on a terminal, or on pipes. */
import type { Child, ChildLimits, ChildSink, ChildSpec } from './child-types.ts'
import { startPipeChild } from './pipe-child.ts'
import type { PipePool } from './pipe-pool.ts'
import { startPtyChild } from './pty-child.ts'

export interface StartOptions {
  readonly spec: ChildSpec
  readonly pool: PipePool
  readonly limits: ChildLimits
  readonly sink: ChildSink
}

/** Throws COMMAND_UNKNOWN, COMMAND_REFUSED, PROCESS_INVALID, PTY_UNAVAILABLE, SPAWN_FAILED. */
export const startChild = ({ spec, ...rest }: StartOptions): Promise<Child> =>
  spec.tty === undefined
    ? startPipeChild({ spec, ...rest })
    : startPtyChild({ spec: { ...spec, tty: spec.tty }, limits: rest.limits, sink: rest.sink })
