/** Owns telling native peers from HTTP by the first bytes of a stream. */
import { type Channel, IDLE_SINK, LIMITS, WEBTTY_PREFACE } from '@towline/protocol'

const EXPECTED = new TextEncoder().encode(WEBTTY_PREFACE)

/** Who goes on with the stream, which is paused; `head` was read already. */
export interface Sniffed {
  /** The preface is not part of `head`. */
  native(head: Uint8Array): void
  http(head: Uint8Array): void
}

/** Resumes `channel` until it is known who it is. One that says nothing for webttyHelloMs is reset. */
export const sniff = (channel: Channel, { native, http }: Sniffed): void => {
  const late = setTimeout(() => channel.reset(), LIMITS.webttyHelloMs)
  late.unref?.()
  let seen = new Uint8Array(0)
  const decide = (): void => {
    const length = Math.min(seen.length, EXPECTED.length)
    const same = EXPECTED.subarray(0, length).every((byte, at) => seen[at] === byte)
    if (same && length < EXPECTED.length) return
    clearTimeout(late)
    channel.pause()
    channel.sink = IDLE_SINK
    if (same) native(seen.subarray(EXPECTED.length))
    else http(seen)
  }
  const keep = (bytes: Uint8Array): void => {
    const all = new Uint8Array(seen.length + bytes.length)
    all.set(seen)
    all.set(bytes, seen.length)
    seen = all
  }
  channel.sink = {
    data: (bytes) => {
      keep(bytes)
      decide()
    },
    ended: () => channel.reset(),
    drained() {},
    closed: () => clearTimeout(late),
  }
  channel.resume()
}
