/** Owns the one interface of everything that moves bytes both ways: sockets, TLS sockets, mux streams, WebSocket links. */

/**
 * A read buffer that may be reused for the next read. Whoever keeps a view past its callback pins the slab and
 * unpins it once.
 */
export interface Slab {
  /** False means the memory is reused as soon as the callback returns: copy instead of pinning. */
  readonly pinnable: boolean
  pin(): void
  unpin(): void
}

/** For bytes nobody changes or reuses: the garbage collector owns them and pinning is free. */
export const NO_SLAB: Slab = { pinnable: true, pin() {}, unpin() {} }

/** For bytes in a buffer that all readers share: gone when the callback returns. */
export const SHARED_SLAB: Slab = { pinnable: false, pin() {}, unpin() {} }

/** Bytes and the slab they lie in. */
export interface Part {
  readonly bytes: Uint8Array
  readonly slab: Slab
}

/** What a channel tells whoever consumes it. */
export interface Sink {
  /** Bytes arrived. `bytes` is valid only during the call unless `slab` is pinned. */
  data(bytes: Uint8Array, slab: Slab): void
  /** The peer sent its last byte (FIN); our direction stays open. */
  ended(): void
  /** `write` answered false before and the channel now takes more. */
  drained(): void
  /** Exactly once, last. `reset` is undefined when both directions ended in order, else a code of `RESET`. */
  closed(reset?: number): void
}

/**
 * Both directions of one byte stream. A channel that someone else opened is delivered paused: set `sink`, then `resume`.
 * All methods are harmless after `closed`.
 */
export interface Channel {
  sink: Sink
  /**
   * Takes all of `bytes`, which must not change as long as the channel pins their `slab` (for ever with `NO_SLAB`).
   * False asks the caller to stop until `drained`.
   */
  write(bytes: Uint8Array, slab?: Slab): boolean
  /** As `write`, for two parts in one go; absent where copying them together first is cheaper. */
  writeBoth?: ((first: Part, second: Part) => boolean) | undefined
  /** Sends FIN after everything written. */
  end(): void
  /** Drops both directions at once: RST on a socket, RESET with `code` on a mux stream. The sink hears `closed(code)`. */
  reset(code?: number): void
  /** Stops `data`; at most one more call follows. */
  pause(): void
  resume(): void
}

/** A sink that drops everything, for channels whose consumer is not attached yet or gone. */
export const IDLE_SINK: Sink = { data() {}, ended() {}, drained() {}, closed() {} }
