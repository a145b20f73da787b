/** Owns colour: only for a person at a terminal, never with NO_COLOR (no-color.org) or TERM=dumb. */
import pc from 'picocolors'
import type { Io } from '../io.ts'

export interface Style {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
  readonly green: (text: string) => string
  readonly yellow: (text: string) => string
  readonly cyan: (text: string) => string
}

/** The style for one of the two output streams. */
export const styleFor = (io: Io, stream: 'stdout' | 'stderr'): Style =>
  pc.createColors(io.isTty[stream] && !io.env['NO_COLOR'] && io.env['TERM'] !== 'dumb')
