/** Owns commands that clients run themselves: within a sandbox (`command/exec`) or without (`process/…`). Bytes are base64; a connection that goes takes them along. */
import type { SandboxPolicy } from './settings.ts'

/** In characters. */
export interface TerminalSize {
  readonly rows: number
  readonly cols: number
}

interface Run {
  /** Words, never a command line. */
  readonly command: readonly string[]
  readonly tty?: boolean
  readonly streamStdin?: boolean
  readonly streamStdoutStderr?: boolean
  /** Of each stream. */
  readonly outputBytesCap?: number | null
  readonly timeoutMs?: number | null
  /** Null takes a variable away. */
  readonly env?: Readonly<Record<string, string | null>> | null
  readonly size?: TerminalSize | null
}

export interface CommandExecParams extends Run {
  /** Of the client's choice, once a connection; needed to stream. */
  readonly processId?: string | null
  readonly disableOutputCap?: boolean
  readonly disableTimeout?: boolean
  readonly cwd?: string | null
  readonly sandboxPolicy?: SandboxPolicy | null
  readonly permissionProfile?: string | null
}

export interface CommandExecResult {
  /** 124 when its time was over. */
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface ProcessSpawnParams extends Run {
  /** Of the client's choice, once a connection. */
  readonly processHandle: string
  readonly cwd: string
}

interface Input {
  readonly deltaBase64?: string | null
  readonly closeStdin?: boolean
}

interface ByProcessId {
  readonly processId: string
}

interface ByHandle {
  readonly processHandle: string
}

interface OutputDelta {
  readonly stream: 'stdout' | 'stderr'
  readonly deltaBase64: string
  /** Nothing more of this stream follows. */
  readonly capReached: boolean
}

export interface ProcessMethods {
  /** Answered when it has ended. */
  readonly 'command/exec': { readonly params: CommandExecParams; readonly result: CommandExecResult }
  readonly 'command/exec/write': { readonly params: ByProcessId & Input; readonly result: object }
  readonly 'command/exec/terminate': { readonly params: ByProcessId; readonly result: object }
  /** Answered when it has started; its end is `process/exited`. */
  readonly 'process/spawn': { readonly params: ProcessSpawnParams; readonly result: object }
  readonly 'process/writeStdin': { readonly params: ByHandle & Input; readonly result: object }
  readonly 'process/kill': { readonly params: ByHandle; readonly result: object }
}

export interface ProcessNotifications {
  readonly 'command/exec/outputDelta': ByProcessId & OutputDelta
  readonly 'process/outputDelta': ByHandle & OutputDelta
  /** What was streamed is not repeated here. */
  readonly 'process/exited': ByHandle & {
    readonly exitCode: number
    readonly stdout: string
    readonly stdoutCapReached: boolean
    readonly stderr: string
    readonly stderrCapReached: boolean
  }
}
