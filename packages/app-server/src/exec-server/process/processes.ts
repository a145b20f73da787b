/** Owns what the exec-server needs of whoever starts processes for it. */
import type { Fd } from '@towline/protocol'

export interface ProcessSpec {
  readonly argv: readonly string[]
  /** What the program is called, when that is not `argv[0]`. */
  readonly arg0?: string | undefined
  /** An absolute path. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly tty: boolean
  /** Whether a process without a terminal has an input. */
  readonly stdin: boolean
}

/** Nothing is called before `start` has answered. */
export interface ProcessSink {
  /** `bytes` are valid only during the call. */
  output(fd: Fd, bytes: Uint8Array): void
  /** So much more of its input was taken. */
  taken(count: number): void
  /** Once, after all output; `signal` is a name such as `SIGKILL`. */
  exited(exitCode: number | null, signal: string | null): void
}

/** All of it is harmless after the end. */
export interface RunningProcess {
  /** Output begins paused. */
  pause(): void
  resume(): void
  /** Takes a copy. */
  write(bytes: Uint8Array): void
  /** As Ctrl-C would. */
  interrupt(): void
  /** Ends it with all it started. */
  end(graceMs: number): Promise<void>
}

export interface Processes {
  /** Rejects with COMMAND_…, FOLDER_…, PROCESS_INVALID, PTY_UNAVAILABLE, SPAWN_FAILED. */
  start(spec: ProcessSpec, sink: ProcessSink): Promise<RunningProcess>
  close(): void
}
