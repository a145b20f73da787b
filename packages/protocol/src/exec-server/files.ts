/** Owns the messages about files of an exec-server. Paths are `file:` URIs, bytes base64. */
import type { SandboxContext } from './sandbox.ts'

export interface PathParams {
  readonly path: string
  readonly sandbox?: SandboxContext | null
}

export interface FileBytes {
  readonly dataBase64: string
}

export interface OpenFileParams extends PathParams {
  /** Of the client's choice, once a session. */
  readonly handleId: string
}

export interface ReadBlockParams {
  readonly handleId: string
  readonly offset: number
  readonly len: number
}

export interface Block {
  readonly chunk: string
  readonly eof: boolean
}

export interface CreateDirectoryParams extends PathParams {
  readonly recursive?: boolean | null
}

export interface RemoveParams extends PathParams {
  readonly recursive?: boolean | null
  readonly force?: boolean | null
}

export interface CopyParams {
  readonly sourcePath: string
  readonly destinationPath: string
  readonly recursive: boolean
  readonly sandbox?: SandboxContext | null
}

export interface FileMetadata {
  readonly isDirectory: boolean
  readonly isFile: boolean
  readonly isSymlink: boolean
  readonly size: number
  readonly createdAtMs: number
  readonly modifiedAtMs: number
}

export interface DirectoryEntry {
  readonly fileName: string
  readonly isDirectory: boolean
  readonly isFile: boolean
}

/** Paths of which none is there; `present` is, and is to stay. */
export interface WatchMissingParams {
  /** Of the client's choice. */
  readonly watchId: number
  readonly missing: readonly string[]
  readonly present?: string | null
}

/** False: the client has to look by itself. Else it is told once, by `fs/missingChanged`, when it has to look again. */
export interface WatchMissingResult {
  readonly watching: boolean
}

export interface FileEvents {
  readonly 'fs/missingChanged': { readonly watchId: number }
}
