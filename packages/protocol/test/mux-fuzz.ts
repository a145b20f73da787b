/** Owns the fuzzer of the mux: valid conversations with broken frames in them, cut anywhere, from a seed. */
import { NO_SLAB } from '../src/channel.ts'
import { LIMITS } from '../src/limits.ts'
import { FRAME, HEADER_BYTES, putHeader, putU32 } from '../src/mux/frame.ts'
import { type MuxPeer, muxPeer, type SeenStream } from './mux-peer.ts'

/** A number from 0 up to and without `below`, from a seed (mulberry32). */
export type Random = (below: number) => number

export const seeded = (seed: number): Random => {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let word = Math.imul(state ^ (state >>> 15), state | 1)
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61)
    return ((word ^ (word >>> 14)) >>> 0) % below
  }
}

/** Small bounds, so that a conversation of a few frames reaches them. */
const FUZZ_LIMITS = { ...LIMITS, muxFramePayload: 512, muxControlPayload: 512, muxStreams: 8, muxWindowInitial: 2048 }

const text = new TextEncoder()
const PREFACE = text.encode('TOWLINE/1\r\n\r\n')
const JSONS = [
  '{}',
  '{"dial":"db"}',
  '{"dial":"db","window":100}',
  '{"type":"goaway"}',
  '{"type":"hello"}',
  '{"type":"x"}',
  '[',
  '{"window":-1}',
]

const frame = (type: number, id: number, payload: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length)
  putHeader(bytes, 0, { type, length: payload.length, id })
  bytes.set(payload, HEADER_BYTES)
  return bytes
}

const number = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4)
  putU32(bytes, 0, value)
  return bytes
}

/** A frame a peer could send; mostly in order, on few streams of both sides, so that much of it is taken. */
const anyFrame = (random: Random, next: { id: number }): Uint8Array => {
  const id = 1 + random(next.id)
  const json = () => text.encode(JSONS[random(random(4) === 0 ? JSONS.length : 3)] as string)
  const kinds: readonly (() => Uint8Array)[] = [
    () => frame(FRAME.data, id, new Uint8Array(random(300))),
    () => frame(FRAME.data, id, new Uint8Array(random(8))),
    () => frame(FRAME.window, id, number(random(4) === 0 ? 0xffff_ffff : random(4096))),
    () => frame(FRAME.end, id, new Uint8Array(0)),
    () => frame(FRAME.reset, id, number(random(16))),
    () => frame(FRAME.ping, 0, new Uint8Array(8)),
    () => frame(FRAME.pong, 0, new Uint8Array(8)),
    () => frame(FRAME.control, 0, text.encode('{"type":"goaway"}')),
    () => frame(FRAME.control, 0, json()),
  ]
  if (next.id > 1 && random(3) > 0) return (kinds[random(kinds.length)] as () => Uint8Array)()
  next.id += 2
  return frame(FRAME.open, next.id - 2, json())
}

/** Ways to break a frame. */
const MUTATIONS: readonly ((bytes: Uint8Array, random: Random) => Uint8Array)[] = [
  (bytes, random) => changed(bytes, random(bytes.length), random(256)),
  (bytes, random) => changed(bytes, random(bytes.length), (bytes[random(bytes.length)] as number) ^ (1 << random(8))),
  (bytes, random) => changed(bytes, random(HEADER_BYTES), random(256)),
  (bytes, random) => changed(bytes, 0, random(11)),
  (bytes, random) => changed(bytes, 3, random(256)),
  (bytes, random) => changed(bytes, 7, random(16)),
  (bytes, random) => bytes.slice(0, random(bytes.length)),
  (bytes, random) => Buffer.concat([bytes, new Uint8Array(random(16))]),
  (bytes) => Buffer.concat([bytes, bytes]),
]

const changed = (bytes: Uint8Array, at: number, value: number): Uint8Array => {
  const copy = bytes.slice()
  copy[at] = value
  return copy
}

/** Our side does what consumers do: reads or not, echoes, ends, resets. */
const behave =
  (random: Random) =>
  ({ stream, data }: SeenStream): void => {
    const act = random(6)
    if (act === 0) return stream.reset(random(10))
    if (act === 1) return
    const keep = stream.sink
    stream.sink = {
      ...keep,
      data(bytes) {
        data.length = 0
        if (act === 2) stream.write(bytes)
        if (act === 3) stream.pause()
        if (act === 4 && random(4) === 0) stream.reset()
      },
      ended: () => stream.end(),
    }
    stream.resume()
    if (act === 5) stream.write(new Uint8Array(random(3000)))
  }

/** What one conversation came to. */
export interface FuzzRound {
  readonly mutated: number
  /** The problem the link closed with, or undefined. */
  readonly problem: string | undefined
}

/** Throws when the mux throws, keeps something after its end, or holds more than its bounds allow. */
export const fuzzRound = (random: Random): FuzzRound => {
  const role = random(4) === 0 ? 'client' : 'engine'
  const peer = muxPeer(role, { limits: FUZZ_LIMITS, onStream: behave(random), busy: () => random(4) === 0 })
  const next = { id: role === 'engine' ? 1 : 2 }
  let mutated = 0
  if (role === 'engine') peer.mux.receive(PREFACE, NO_SLAB)
  for (let left = 4 + random(40); left > 0 && !peer.mux.closed; left--) {
    if (random(16) === 0) openOurs(peer, random)
    const bytes = anyFrame(random, next)
    const broken = random(4) === 0
    if (broken) mutated++
    feed(peer, broken ? mutate(bytes, random) : bytes, random)
    mustBeBounded(peer)
  }
  const ending = peer.ending()
  if (ending && ending.code !== 'PROTOCOL_ERROR') throw new Error(`closed with ${ending.code}`)
  peer.mux.close()
  peer.settle()
  mustBeEmpty(peer)
  return { mutated, problem: ending ? String(ending.problem) : undefined }
}

const mutate = (bytes: Uint8Array, random: Random): Uint8Array =>
  (MUTATIONS[random(MUTATIONS.length)] as (typeof MUTATIONS)[number])(bytes, random)

/** A stream we open ourselves, which writes more than its first window. */
const openOurs = ({ mux }: MuxPeer, random: Random): void => {
  if (mux.streamCount >= FUZZ_LIMITS.muxStreams) return
  const stream = mux.open({}, { data() {}, ended: () => stream.end(), drained() {}, closed() {} })
  stream.write(new Uint8Array(random(6000)))
  if (random(3) === 0) stream.end()
}

const feed = (peer: MuxPeer, bytes: Uint8Array, random: Random): void => {
  const cut = random(bytes.length + 1)
  peer.mux.receive(bytes.subarray(0, cut), NO_SLAB)
  if (random(2) === 0) peer.settle()
  peer.mux.receive(bytes.subarray(cut), NO_SLAB)
  if (random(8) === 0) for (const { stream } of peer.seen) stream.resume()
  if (random(2) === 0) peer.mux.drained()
}

const mustBeBounded = ({ mux }: MuxPeer): void => {
  const most = FUZZ_LIMITS.muxStreams * FUZZ_LIMITS.muxWindowMax
  if (mux.streamCount > FUZZ_LIMITS.muxStreams) throw new Error(`${mux.streamCount} streams`)
  if (mux.budget.unread < 0 || mux.budget.unread > most) throw new Error(`${mux.budget.unread} unread bytes`)
}

const mustBeEmpty = ({ mux, seen }: MuxPeer): void => {
  const { unread, grown, unproven } = mux.budget
  if (mux.streamCount + Math.abs(unread) + Math.abs(grown) + Math.abs(unproven) > 0) {
    throw new Error(`kept after the end: ${JSON.stringify({ streams: mux.streamCount, unread, grown, unproven })}`)
  }
  if (seen.some(({ reset }) => reset === null)) throw new Error('a stream was not told that it is over')
}
