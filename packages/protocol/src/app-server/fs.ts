/** Owns files of the server's machine, whole and by absolute path. Bytes are base64. */
import type { DirectoryEntry, FileBytes, FileMetadata } from '../exec-server/files.ts'

interface AtPath {
  readonly path: string
}

interface OfWatch {
  readonly watchId: string
}

export interface FsMethods {
  readonly 'fs/readFile': { readonly params: AtPath; readonly result: FileBytes }
  readonly 'fs/writeFile': { readonly params: AtPath & FileBytes; readonly result: object }
  readonly 'fs/createDirectory': {
    readonly params: AtPath & { readonly recursive?: boolean | null }
    readonly result: object
  }
  readonly 'fs/getMetadata': { readonly params: AtPath; readonly result: Omit<FileMetadata, 'size'> }
  readonly 'fs/readDirectory': {
    readonly params: AtPath
    readonly result: { readonly entries: readonly DirectoryEntry[] }
  }
  readonly 'fs/remove': {
    readonly params: AtPath & { readonly recursive?: boolean | null; readonly force?: boolean | null }
    readonly result: object
  }
  readonly 'fs/copy': {
    readonly params: {
      readonly sourcePath: string
      readonly destinationPath: string
      readonly recursive?: boolean
    }
    readonly result: object
  }
  /** The id is of the client's choice, once a connection. */
  readonly 'fs/watch': { readonly params: OfWatch & AtPath; readonly result: AtPath }
  readonly 'fs/unwatch': { readonly params: OfWatch; readonly result: object }
}

export interface FsNotifications {
  readonly 'fs/changed': OfWatch & { readonly changedPaths: readonly string[] }
}
