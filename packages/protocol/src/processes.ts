/** Owns the one interface of whoever starts processes for others of the same program, who have sessions and sandboxes of their own. */
import type { Fd } from './webtty/messages.ts'

export interface BareSpec {
  readonly argv: readonly string[]
  /** What it is called, when that is not `argv[0]`. */
  readonly arg0?: string | undefined
  /** An absolute path. */
  readonly cwd: string
  /** All of it. */
  readonly env: Readonly<Record<string, string>>
  readonly tty: boolean
  /** Whether one without a terminal has an input. */
  readonly stdin: boolean
}

/** Nothing is called before `start` has answered. */
export interface BareSink {
  /** `bytes` are valid only during the call. */
  output(fd: Fd, bytes: Uint8Array): void
  /** So much more of its input was taken. */
  taken(count: number): void
  /** Once, after all output; `signal` is a name such as `SIGKILL`. */
  exited(exitCode: number | null, signal: string | null): void
}

/** Output begins paused. All methods are harmless after the end. */
export interface BareProcess {
  pause(): void
  resume(): void
  /** Takes a copy. Whoever writes waits for `taken`. */
  write(bytes: Uint8Array): void
  /** As Ctrl-C would. */
  interrupt(): void
  /** Ends it with all it started: asked first, killed after the grace. */
  end(graceMs: number): Promise<void>
}

export interface Processes {
  /** Rejects with COMMAND_…, FOLDER_…, PROCESS_INVALID, PTY_UNAVAILABLE, SPAWN_FAILED. */
  start(spec: BareSpec, sink: BareSink): Promise<BareProcess>
  close(): void
}
