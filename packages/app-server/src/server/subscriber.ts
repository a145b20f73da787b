/** Owns the seam between a thread's feed and a connection that watches it. */

/** Made once for all who watch: its text is written once. */
export interface FeedEvent {
  readonly seq: number
  readonly method: string
  /** The whole message, as it goes on the wire. */
  readonly text: string
  /** Deltas with the same key that follow each other may be joined for who reads slowly; absent: it may not be joined. */
  readonly joins?: string
  readonly delta?: string
}

export interface PendingQuestion {
  readonly id: string
  readonly method: string
  readonly params: object
}

export interface Subscriber {
  /** Of the connection. */
  readonly id: string
  event(event: FeedEvent): void
  ask(question: PendingQuestion): void
}
