/** Owns what carries messages: one text each way, in order. */

export interface WireSink {
  message(text: string): void
  /** What was handed over has been taken. */
  drained(): void
  /** Once; nothing follows. `left` when the other side has said that it goes. */
  closed(left?: boolean): void
}

/** `sink` is set before anything is heard. */
export interface Wire {
  sink: WireSink | undefined
  send(text: string): void
  /** Bytes that were handed over and wait to be taken. */
  readonly queued: number
  pause(): void
  resume(): void
  close(): void
}
