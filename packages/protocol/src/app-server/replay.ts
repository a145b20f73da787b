/** Owns how a client that lost its connection hears what it missed of a thread: an extension that Codex does not know. */

export interface ReplayParams {
  readonly threadId: string
  /** The last `seq` that the client heard. */
  readonly afterSeq: number
}

/**
 * The notifications that were missed, as they were told and in order, come before this answer.
 * With `complete` the connection watches the thread from here on.
 */
export interface ReplayResult {
  /** False when some is forgotten: nothing was sent, and the thread is to be read anew. */
  readonly complete: boolean
  /** Of the newest that was told so far. */
  readonly seq: number
}

export interface ReplayMethods {
  readonly 'towline/thread/replay': { readonly params: ReplayParams; readonly result: ReplayResult }
}
