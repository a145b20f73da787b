/** Owns what is kept of all streams of one process, and what a terminal among them shows. */
import { FD, type Fd, type Limits, type OpenRequest, type TtySize } from '@towline/protocol'
import { drawSnapshot } from '../ring/draw-snapshot.ts'
import { HeadTail } from '../ring/head-tail.ts'
import type { Retained } from '../ring/ring.ts'
import { ScreenRing } from '../ring/screen-ring.ts'
import type { OutputLog } from './output-log.ts'
import type { Snapshot } from './participant.ts'

export interface Outputs {
  readonly logs: readonly OutputLog[]
  /** Bytes ever printed to a stream; 0 for one that the process does not have. */
  printed(fd: Fd): number
  /** Bytes that memory holds. */
  readonly kept: number
  /** Draws the terminal at this size; absent for commands. */
  readonly draw: ((size: TtySize) => Promise<Snapshot>) | undefined
}

type Kept = readonly (readonly [Fd, Retained])[]

/** Streams of a command are kept head and tail; a terminal's last bytes can be drawn. */
export const openOutputs = (request: OpenRequest, limits: Limits): Outputs => {
  if (request.kind === 'exec') return outputsOf(commandLogs(request, limits), undefined)
  const ring = new ScreenRing(limits.webttyPtyRing)
  const scrollback = limits.webttyScrollback
  return outputsOf([[FD.pty, ring]], ({ cols, rows }) => drawSnapshot({ ring, cols, rows, scrollback }))
}

const commandLogs = ({ maxOutputBytes }: OpenRequest, limits: Limits): Kept => {
  const asked = Math.max(maxOutputBytes ?? limits.webttyExecRing, limits.webttyExecRingMin)
  const capacity = Math.min(asked, limits.webttyExecRing)
  return [
    [FD.stdout, new HeadTail(capacity)],
    [FD.stderr, new HeadTail(capacity)],
  ]
}

const outputsOf = (kept: Kept, draw: Outputs['draw']): Outputs => {
  const logs = kept.map(([fd, retained]) => ({ fd, kept: retained, ended: false }))
  return {
    logs,
    printed: (fd) => logs.find((log) => log.fd === fd)?.kept.end ?? 0,
    get kept() {
      return kept.reduce((sum, [, retained]) => sum + retained.size, 0)
    },
    draw,
  }
}
