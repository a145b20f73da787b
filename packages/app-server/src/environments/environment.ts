/** Owns the seam to a machine that a turn works on: its processes and files, each within a sandbox. Every environment is an exec-server, the one of this process too. */
import type { EnvironmentInfo, EnvPolicy, FileMetadata, ProcessStream, SandboxContext } from '@towline/protocol'

export interface CommandStart {
  readonly argv: readonly string[]
  /** An absolute path there. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly envPolicy: EnvPolicy
  readonly tty: boolean
  readonly stdin: boolean
  /** Null for none. Refused with SANDBOX_MISSING or SANDBOX_UNSUPPORTED where it cannot be enforced. */
  readonly sandbox: SandboxContext | null
  readonly metadata?: { readonly threadId: string; readonly toolCallId: string }
}

export interface CommandSink {
  /** `bytes` are the listener's to keep. */
  output(stream: ProcessStream, bytes: Uint8Array): void
  /** Once, after all output. `sandboxDenied`: the sandbox kept it from something. */
  exited(exitCode: number, sandboxDenied: boolean): void
  /** The machine was lost with it; nothing follows. */
  lost(error: Error): void
}

export interface RunningCommand {
  readonly processId: string
  write(bytes: Uint8Array): Promise<void>
  /** As Ctrl-C would. */
  interrupt(): Promise<void>
  /** With all it started; resolves when it was told to. */
  terminate(): Promise<void>
}

/** Paths are absolute there. Errors of the machine are AppError FILE_… or RpcError with the code `notFound`. */
export interface EnvironmentFiles {
  read(path: string, sandbox: SandboxContext | null): Promise<Uint8Array>
  write(path: string, bytes: Uint8Array, sandbox: SandboxContext | null): Promise<void>
  createDirectory(path: string, sandbox: SandboxContext | null): Promise<void>
  remove(path: string, sandbox: SandboxContext | null): Promise<void>
  /** Undefined where nothing is. */
  metadata(path: string, sandbox: SandboxContext | null): Promise<FileMetadata | undefined>
}

export interface Environment {
  readonly id: string
  readonly files: EnvironmentFiles
  /** Connects when that was not done. */
  info(): Promise<EnvironmentInfo>
  start(command: CommandStart, sink: CommandSink): Promise<RunningCommand>
}

export type EnvironmentStatus = 'ready' | 'pending' | 'disconnected' | 'unknown'

/** All that turns may work on. `local` is this machine. */
export interface Environments {
  readonly ids: readonly string[]
  readonly defaultId: string | undefined
  /** Throws RpcError `unknown turn environment id`. */
  get(id: string): Environment
  status(id: string): { readonly status: EnvironmentStatus; readonly error?: string }
  /** Until this process ends; replaces one of that id. */
  add(id: string, connection: { readonly execServerUrl: string; readonly authBearerToken?: string }): void
  close(): Promise<void>
}
