/** Owns the bodies of webtty.v1 control frames and the result of a command, as docs/protocol/webtty.md describes them. */

import type { ErrorBody } from '../errors.ts'

/** Which stream of a process a byte belongs to. */
export const FD = { stdin: 0, stdout: 1, stderr: 2, pty: 3 } as const
export type Fd = (typeof FD)[keyof typeof FD]

/** What a server says of itself, first. Nothing in it is trusted that was not proven by end-to-end encryption. */
export interface ServerFacts {
  readonly name: string
  readonly os: string
  readonly arch: string
  readonly hostname: string
  readonly user: string
  readonly e2e: boolean
  /** Where the page and the WebSocket are, and the files; absent without a file service. */
  readonly execPath: string
  readonly fsPath?: string
  readonly fsMode?: 'read-only' | 'read-write'
  /** It exposes services of its machine when asked. */
  readonly expose?: boolean
  /** Words by which this program is started on its machine: what runs there needs nothing in PATH. */
  readonly program?: readonly string[]
}

/** The first frame of each side. */
export interface WebttyHello {
  readonly protocol: 'webtty.v1'
  /** Names of what this side can do beyond webtty.v1; unknown ones are ignored. */
  readonly features: readonly string[]
  /** From the server. */
  readonly server?: ServerFacts
  /** From the client: program and version, for the log. */
  readonly client?: string
}

export interface TtySize {
  readonly cols: number
  readonly rows: number
  readonly xPixels?: number
  readonly yPixels?: number
}

/** Asks for a process. `argv` or `shell`, not both; neither opens the login shell of the user on a terminal. */
export interface OpenRequest {
  readonly kind: 'pty' | 'exec'
  /** Chosen by the client; the same id with the same request answers the process that runs already. */
  readonly processId?: string
  readonly argv?: readonly string[]
  /** One line for `sh -lc`. */
  readonly shell?: string
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** What of the server's environment is passed on. Default `core`. */
  readonly envPolicy?: 'core' | 'all' | 'none'
  readonly tty?: TtySize & { readonly term?: string }
  /** Default `none`: /dev/null. */
  readonly stdin?: 'none' | 'pipe'
  readonly timeoutMs?: number
  readonly killGraceMs?: number
  /** Kept per stream, head and tail, for those who read it later. */
  readonly maxOutputBytes?: number
  /** Goes on when the client leaves. */
  readonly detach?: boolean
  /** A command whose client was cut off waits for it as a terminal does, and its output waits too. */
  readonly linger?: boolean
  readonly label?: string
}

/** What a process is, after it was started or found. */
export interface Opened {
  readonly sessionId: string
  readonly processId: string
  readonly pid: number
  /** Single use; the next ATTACH needs it. */
  readonly resumeToken: string
  /** The client looks on: its input and signals are refused. */
  readonly watching?: boolean
  /** What the terminal's output asks before this offset has been answered: whoever draws it answers it no more. */
  readonly answered?: number
}

export const SIGNALS = ['INT', 'TERM', 'HUP', 'QUIT', 'KILL', 'USR1', 'USR2', 'TSTP', 'CONT'] as const
export type SignalName = (typeof SIGNALS)[number]
export type SignalTarget = 'group' | 'leader' | 'foreground'

export interface SignalRequest {
  readonly name: SignalName
  readonly target: SignalTarget
}

/** Asks to come back to a process, from absolute offsets of its outputs on. */
export interface AttachRequest {
  readonly processId: string
  readonly resumeToken?: string
  readonly offsets: Readonly<Partial<Record<Fd, number>>>
}

/** A part of what a terminal shows at `offset`; the parts up to the `last` one make one text in UTF-8. */
export interface SnapshotPart {
  readonly offset: number
  readonly cols: number
  readonly rows: number
  readonly last: boolean
  readonly bytes: Uint8Array
}

/** Why a stream ended early: a code of docs/reference/errors.md, or `CANCELLED` from a client. */
export interface StreamError {
  readonly code: string
  readonly message: string
  readonly details?: Readonly<Record<string, string | number>>
}

/** Some of the processes of a server; long arguments are cut. */
export interface ProcessPage {
  readonly processes: readonly ProcessInfo[]
  readonly last: boolean
}

/** How a process ended; always after all of its output. */
export interface Exit {
  readonly exitCode: number | null
  /** Such as `SIGKILL`. */
  readonly signal: string | null
  readonly timedOut: boolean
  /** Why we ended it: `timeout`, `cancel`, `signal`, `shutdown`. */
  readonly killedBy: string | null
  readonly stdoutBytes: number
  readonly stderrBytes: number
  readonly durationMs: number
  /** Integer milliseconds since the epoch. */
  readonly startedAtMs: number
  /** Processes that outlived the command and still held its pipes, or survived being ended. */
  readonly pipesHeldBy: readonly number[]
}

export type ProcessState = 'running' | 'exited' | 'killed' | 'timed_out' | 'lost' | 'spawn_failed'

/** A process in a list. */
export interface ProcessInfo {
  readonly processId: string
  readonly sessionId: string
  readonly kind: 'pty' | 'exec'
  readonly argv: readonly string[]
  readonly cwd: string
  readonly pid: number
  readonly state: ProcessState
  readonly label?: string
  readonly detached: boolean
  readonly startedAtMs: number
  readonly exit?: Exit
}

/** The one object of `exec --output json`. `null` where it cannot be known. */
export interface ExecResult {
  readonly schema: 'webtty.exec.v1'
  readonly url: string
  readonly server: { readonly name: string; readonly e2e: boolean; readonly keyFingerprint: string | null }
  readonly processId: string
  readonly argv: readonly string[]
  readonly cwd: string | null
  readonly state: ProcessState
  readonly exitCode: number | null
  readonly signal: string | null
  readonly timedOut: boolean
  readonly stdout: string
  readonly stderr: string
  readonly stdoutEncoding: 'utf8' | 'base64'
  readonly stderrEncoding: 'utf8' | 'base64'
  readonly stdoutBytes: number
  readonly stderrBytes: number
  readonly stdoutTruncated: boolean
  readonly stderrTruncated: boolean
  readonly omittedBytes: number
  readonly startedAt: string | null
  readonly durationMs: number | null
  /** From the request until the result, as the client saw it. */
  readonly transportMs: number
  readonly pipesHeldBy: readonly number[]
  readonly error: ErrorBody | null
}
