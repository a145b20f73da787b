/** Owns the messages about processes of an exec-server. Bytes are base64; `seq` counts output, exit and close of a process together, from 1. */
import type { SandboxContext } from './sandbox.ts'

export type ProcessStream = 'stdout' | 'stderr' | 'pty'

/** What a process gets of the server's own variables. */
export interface EnvPolicy {
  readonly inherit: 'all' | 'core' | 'none'
  /** Leaves names in that look like those of secrets. */
  readonly ignoreDefaultExcludes: boolean
  /** Names with `*` and `?`, in any case; so are those of `includeOnly`. */
  readonly exclude: readonly string[]
  readonly set: Readonly<Record<string, string>>
  readonly includeOnly: readonly string[]
}

export interface StartParams {
  /** Of the client's choice, once a session. */
  readonly processId: string
  readonly argv: readonly string[]
  /** A `file:` URI. */
  readonly cwd: string
  /** Over what the policy leaves. */
  readonly env: Readonly<Record<string, string>>
  readonly envPolicy?: EnvPolicy | null
  readonly tty: boolean
  /** Without a terminal: `process/write` reaches it. */
  readonly pipeStdin?: boolean
  /** What it is called, when that is not `argv[0]`. */
  readonly arg0?: string | null
  readonly sandbox?: SandboxContext | null
  readonly enforceManagedNetwork?: boolean
}

export interface StartResult {
  readonly processId: string
  readonly sandboxType: 'none' | 'linuxSeccomp'
}

export interface ReadParams {
  readonly processId: string
  readonly afterSeq?: number | null
  readonly maxBytes?: number | null
  /** How long to wait for something to tell. */
  readonly waitMs?: number | null
}

export interface OutputChunk {
  readonly seq: number
  readonly stream: ProcessStream
  readonly chunk: string
}

export interface ReadResult {
  readonly chunks: readonly OutputChunk[]
  readonly nextSeq: number
  readonly exited: boolean
  readonly exitCode: number | null
  readonly closed: boolean
  readonly failure: string | null
  readonly sandboxDenied: boolean
}

export interface WriteParams {
  readonly processId: string
  readonly chunk: string
  /** The same one is written once. */
  readonly writeId?: string
}

export interface WriteResult {
  readonly status: 'accepted' | 'unknownProcess' | 'stdinClosed' | 'starting'
}

export interface SignalParams {
  readonly processId: string
  readonly signal: 'interrupt'
}

export interface TerminateParams {
  readonly processId: string
}

export interface TerminateResult {
  /** Whether it was. */
  readonly running: boolean
}

/** What a server tells unasked; `process/exited` and `process/closed` come after all output. */
export interface ProcessEvents {
  readonly 'process/output': OutputChunk & { readonly processId: string }
  readonly 'process/exited': {
    readonly processId: string
    readonly seq: number
    readonly exitCode: number
    readonly sandboxDenied: boolean
  }
  readonly 'process/closed': { readonly processId: string; readonly seq: number }
}
