/** Owns what a relay before another app-server adds to its protocol: a session that a client comes back to, and numbers to say from where. */

/** In `towline` of the params of `initialize`: what the client left. Stock clients send none. */
export interface UpstreamReturn {
  readonly session: string
  /** The last `seq` that it has seen; 0 for none. */
  readonly afterSeq: number
}

/** In `towline` of the result of `initialize`. */
export interface UpstreamSession {
  readonly replay: true
  /** To be kept as a secret, and shown by whoever comes back. */
  readonly session: string
  /** Of the newest message; what follows has greater ones. */
  readonly sessionSeq: number
  /** What was asked for goes on: all after `afterSeq` follows, and no `initialized` is needed. */
  readonly resumed: boolean
}

/** Told before the connection closes: the app-server behind is gone, and with it the session. */
export const UPSTREAM_LOST = 'towline/upstream/lost'

/** A request `{threadId, afterSeq}`, answered as a server does: see ReplayResult. */
export const UPSTREAM_REPLAY = 'towline/thread/replay'
