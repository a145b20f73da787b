/** Owns what a started process is to those above: output by stream, input, and one end after all of it. */
import type { Fd, Limits, TtySize } from '@towline/protocol'
import type { Identity } from './proc-stat.ts'

/** How a process ended, as the kernel told. */
export interface ChildEnd {
  readonly exitCode: number | null
  /** Such as `SIGKILL`. */
  readonly signal: string | null
  /** Others that still held its pipes when they were left. */
  readonly pipesHeldBy: readonly Identity[]
}

/** What a process tells whoever started it; nothing is called before `startChild` has answered. */
export interface ChildSink {
  /** `bytes` is valid only during the call. */
  output(fd: Fd, bytes: Uint8Array): void
  /** No output of `fd` follows. */
  ended(fd: Fd): void
  /** The process has taken this many more bytes of its input. */
  taken(count: number): void
  /** It is gone, though its output may not be read yet: its pid is nobody's from here on. */
  gone(): void
  /** Once, last: after all output. */
  exited(end: ChildEnd): void
}

/** A running process; output begins paused. All methods are harmless after its end. */
export interface Child {
  readonly identity: Identity
  readonly fds: readonly Fd[]
  pause(fd: Fd): void
  /** `room` is how many bytes are wanted now; a little more may come. */
  resume(fd: Fd, room?: number): void
  /** Takes a copy. Whoever writes waits for `taken`. */
  write(bytes: Uint8Array): void
  endStdin(): void
  resize(size: TtySize): void
}

/** What to start: everything is checked and complete. */
export interface ChildSpec {
  /** Absolute path of the program. */
  readonly file: string
  /** With the name it is called by, first. */
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly stdin: 'none' | 'pipe'
  readonly tty?: TtySize
}

export type ChildLimits = Pick<
  Limits,
  | 'webttyReadBytes'
  | 'webttyDrainBytes'
  | 'webttyStdinSlice'
  | 'webttyStdinRetryMs'
  | 'webttyPipeGraceMs'
  | 'webttyPipeGraceMaxMs'
  | 'webttyPipesReady'
>
