/** Owns how a client that lost its connection hears what it missed of a thread: an extension that Codex does not know. */

export interface ReplayParams {
  readonly threadId: string
  /** The last `seq` that the client heard. */
  readonly afterSeq: number
}

/** A notification as it was told. */
export interface ReplayedNotification {
  readonly method: string
  readonly params: object
  readonly seq: number
}

/**
 * What was told after `afterSeq`, in order. Whoever has resumed the thread before is told what follows by itself, and may be
 * told some of it twice: what is not above the last `seq` is left out.
 */
export interface ReplayResult {
  readonly data: readonly ReplayedNotification[]
  /** False when some is forgotten: the thread is to be read anew. */
  readonly complete: boolean
}

export interface ReplayMethods {
  readonly 'towline/thread/replay': { readonly params: ReplayParams; readonly result: ReplayResult }
}
