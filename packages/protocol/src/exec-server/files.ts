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
