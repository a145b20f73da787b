/** Owns the seam between frames and processes: what a host may ask of the processes it serves. */
import type { Exit, Fd, OpenRequest, ProcessInfo, SignalName, SignalTarget, TtySize } from '@towline/protocol'
import type { Party } from './rights.ts'

/** What one participant of a session hears. */
export interface ProcessSink {
  /** Bytes of `fd` from absolute `offset` on; `bytes` is valid only during the call. Never beyond what was granted. */
  output(fd: Fd, offset: number, bytes: Uint8Array): void
  /** The ring has moved past where this participant was: what the terminal shows now, and the offset it goes on from. */
  snapshot(snapshot: {
    readonly offset: number
    readonly cols: number
    readonly rows: number
    readonly data: string
  }): void
  /** No byte of `fd` follows; of stdin, none is taken. */
  ended(fd: Fd, finalOffset: number): void
  /** Absolute offset up to which stdin may be written. */
  stdinGranted(maxOffset: number): void
  /** Once, after all output this participant is owed. */
  exited(exit: Exit): void
}

/** One participant's end of a session. */
export interface Participation {
  readonly session: Session
  /** Asks for output of `fd` up to an absolute offset; never shrinks. */
  grant(fd: Fd, maxOffset: number): void
  /** Bytes of stdin from `offset` on; what was written before is skipped, a gap throws PROTOCOL_ERROR. Who only watches: FORBIDDEN. */
  write(offset: number, bytes: Uint8Array): void
  /** Who only watches: FORBIDDEN. */
  endStdin(finalOffset: number): void
  /** Of who only watches it means nothing. */
  resize(size: TtySize): void
  /** Who only watches: FORBIDDEN. */
  signal(name: SignalName, target: SignalTarget): void
  /**
   * Leaves; the process goes on when detached or within its grace, else it is ended. `revoked`: whoever leaves may not come
   * back, so there is no grace.
   */
  leave(how: 'detach' | 'cut' | 'cancel' | 'revoked'): void
}

/** A process with what it printed. */
export interface Session {
  readonly info: ProcessInfo
  readonly pid: number
  /** Rotated on each attach; empty for those who came without one and only look on. */
  readonly resumeToken: string
  /** Offset that the next byte of stdin has. */
  readonly stdinOffset: number
  /** This participant looks on and may do no more. */
  readonly watching: boolean
  /** What a terminal's output asks before this offset is not for this participant to answer. */
  readonly answered: number
}

/** All processes of a server. Throws AppError: PROCESS_UNKNOWN, PROCESS_CONFLICT, SPAWN_FAILED, LIMIT_REACHED… */
export interface Sessions {
  /** Starts a process, or answers the one of `by` with this id and the same request. */
  open(request: OpenRequest, sink: ProcessSink, by?: Party): Promise<Participation>
  /**
   * Comes back to one that runs or whose result is kept, from absolute offsets by fd on. One that `by` has no right to is
   * unknown to it; a token counts only for the key it was given to.
   */
  attach(ask: {
    readonly processId: string
    readonly resumeToken?: string
    readonly offsets: Readonly<Partial<Record<Fd, number>>>
    readonly sink: ProcessSink
    readonly by?: Party | undefined
  }): Promise<Participation>
  /** Those that `by` has a right to. */
  list(by?: Party): readonly ProcessInfo[]
  /** Ends every process; awaits them. */
  close(): Promise<void>
}
