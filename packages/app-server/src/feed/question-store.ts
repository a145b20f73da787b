/** Owns the seam to where open questions last: a client that comes back after a restart finds them, with the id they had. */

export interface StoredQuestion {
  readonly id: string
  readonly threadId: string
  readonly method: string
  readonly params: object
  readonly askedAtMs: number
  /** Given while nobody of the server waited for it. */
  readonly answer?: unknown
}

/** Of all threads. Each call has lasted when it returns. */
export interface QuestionStore {
  /** Those of a thread that are not resolved, oldest first. */
  load(threadId: string): readonly StoredQuestion[]
  /** Adds one, or puts it in place of the one with its id. */
  put(question: StoredQuestion): void
  remove(threadId: string, id: string): void
}
