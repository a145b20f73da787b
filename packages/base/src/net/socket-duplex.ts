/** Owns what Node's clients ask of a socket besides its bytes, for streams that are none. */
import { Duplex } from 'node:stream'

export class SocketDuplex extends Duplex {
  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}
