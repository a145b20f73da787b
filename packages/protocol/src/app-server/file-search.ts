/** Owns how a client finds files by parts of their names. */

export interface FoundFile {
  readonly root: string
  /** Below the root. */
  readonly path: string
  readonly match_type: 'file' | 'directory'
  readonly file_name: string
  /** The higher the better. */
  readonly score: number
  /** Of the characters of `path` that matched. */
  readonly indices: readonly number[] | null
}

export interface FileSearchMethods {
  readonly fuzzyFileSearch: {
    readonly params: {
      readonly query: string
      readonly roots: readonly string[]
      /** A later search with the same one ends this. */
      readonly cancellationToken: string | null
    }
    readonly result: { readonly files: readonly FoundFile[] }
  }
}
