/** Owns how a client that lost its connection is told what it missed: an extension that Codex does not know. */

export interface ReplayParams {
  readonly threadId: string
  /** The last `seq` that the client read; 0 for all that is kept. */
  readonly afterSeq: number
}

/**
 * Comes after the notifications that were missed, which are sent as they were, in order, and before any later one: with
 * `complete` the connection now watches the thread, and questions that wait are asked of it again.
 */
export interface ReplayResult {
  /** Of the last notification so far. */
  readonly seq: number
  /** False when some are no longer kept, or `afterSeq` is of no notification of this server: nothing was sent, and the thread is to be resumed. */
  readonly complete: boolean
}

export interface ReplayMethods {
  readonly 'towline/thread/replay': { readonly params: ReplayParams; readonly result: ReplayResult }
}
