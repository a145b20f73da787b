/** Owns a host that says what it was sent, and ends when the visitor does. */
import type { Serve } from '../index.ts'

export const echo: Serve = (stream) => {
  stream.sink = {
    data: (bytes) => void stream.write(new Uint8Array(bytes)),
    ended: () => stream.end(),
    drained() {},
    closed() {},
  }
  stream.resume()
}
