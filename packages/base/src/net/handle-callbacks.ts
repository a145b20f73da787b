/** Owns what a stream handle calls: each finds its owner through the handle, so that no socket needs functions of its own. */
import type { ShutdownRequest, StreamHandle, WriteRequest } from './binding.ts'

/** Who drives a handle. */
export interface HandleOwner {
  /** Bytes, end of stream or an error. Answers the buffer for the next read when it changes. */
  read(chunk: ArrayBuffer | undefined): Uint8Array | undefined
  /** The write in flight is done. */
  written(status: number): void
  /** Our FIN is on its way. */
  finSent(): void
}

export const onRead = function (this: StreamHandle, chunk: ArrayBuffer | undefined): Uint8Array | undefined {
  return this.byteOwner?.read(chunk)
}

export const onWritten = function (this: WriteRequest, status: number): void {
  this.bytes = undefined
  this.handle.byteOwner?.written(status)
}

export const onShutdown = function (this: ShutdownRequest): void {
  this.handle.byteOwner?.finSent()
}
