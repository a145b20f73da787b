/** Owns the one interface of everything that moves bytes both ways: sockets, TLS sockets, mux streams, WebSocket links. */

/**
 * A read buffer that may be reused for the next read. Whoever keeps a view past its callback pins the slab and
 * unpins it once; memory that is owned by the garbage collector uses {@link NO_SLAB}.
 */
export interface Slab {
  pin(): void
  unpin(): void
}

/** For bytes nobody reuses: pinning them is free. */
export const NO_SLAB: Slab = { pin() {}, unpin() {} }

/** What a channel tells whoever consumes it. Calls never nest in the channel's own methods' callers' stack after `closed`. */
export interface Sink {
  /** Bytes arrived. `bytes` is valid only during the call unless `slab` is pinned. */
  data(bytes: Uint8Array, slab: Slab): void
  /** The peer sent its last byte (FIN); our direction stays open. */
  ended(): void
  /** `write` answered false before and the channel now takes more. */
  drained(): void
  /** Exactly once, last. `reset` is undefined when both directions ended in order, else a code of {@link RESET}. */
  closed(reset?: number): void
}

/** Both directions of one byte stream. All methods are harmless after `closed`. */
export interface Channel {
  sink: Sink
  /**
   * Takes all of `bytes`; the caller may reuse that memory at once unless it belongs to `slab`, which the channel pins
   * as long as it needs to. False asks the caller to stop until `drained`.
   */
  write(bytes: Uint8Array, slab?: Slab): boolean
  /** Sends FIN after everything written. */
  end(): void
  /** Drops both directions at once: RST on a socket, RESET with `code` on a mux stream. */
  reset(code?: number): void
  /** Stops and restarts `data`; at most one more `data` call follows `pause`. */
  pause(): void
  resume(): void
}

/** A sink that drops everything, for channels whose consumer is not attached yet or gone. */
export const IDLE_SINK: Sink = { data() {}, ended() {}, drained() {}, closed() {} }
