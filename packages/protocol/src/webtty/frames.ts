/** Owns every frame of webtty.v1 as a value: encoding, decoding, and which side may send it (docs/protocol/webtty.md §4). */
import { AppError } from '../errors.ts'
import { JSON_BODIES, jsonBytes, readJson } from './bodies.ts'
import type { MachineAnswer, MachineAsk } from './exposures.ts'
import { headBytes, putHead, WEBTTY_FRAME } from './frame.ts'
import {
  type AttachRequest,
  type Exit,
  type Fd,
  type WebttyHello,
  type Opened,
  type OpenRequest,
  type ProcessPage,
  type SignalRequest,
  type SnapshotPart,
  type StreamError,
  type TtySize,
} from './messages.ts'
import { putVarint, varintBytes, VarintReader } from './varint.ts'

/** What the body of each type holds. */
export interface FrameBodies {
  readonly hello: WebttyHello
  readonly open: OpenRequest
  readonly opened: Opened
  /** `bytes` begin at the absolute `offset` of the stream `fd`. */
  readonly data: { readonly fd: Fd; readonly offset: number; readonly bytes: Uint8Array }
  /** The other side may send `fd` up to the absolute offset `max`; everything below `received` need not be kept for a resend. */
  readonly credit: { readonly fd: Fd; readonly max: number; readonly received: number }
  readonly resize: TtySize
  readonly signal: SignalRequest
  readonly eof: { readonly fd: Fd; readonly offset: number }
  readonly exit: Exit
  readonly attach: AttachRequest
  readonly snapshot: SnapshotPart
  readonly detach: null
  readonly reset: StreamError
  /** Eight bytes that come back as they are. */
  readonly ping: Uint8Array
  readonly pong: Uint8Array
  readonly list: null
  readonly processes: ProcessPage
  readonly ask: MachineAsk
  readonly answer: MachineAnswer
}

export type FrameName = keyof FrameBodies

/** A frame as a value. */
export type WebttyFrame = {
  [Name in FrameName]: { readonly name: Name; readonly stream: number; readonly body: FrameBodies[Name] }
}[FrameName]

/** Which side may send a frame. */
export type Sender = 'client' | 'server' | 'both'

interface Row<Body> {
  readonly from: Sender
  /** Frames of the connection have stream 0, all others another. */
  readonly of: 'connection' | 'stream'
  encode(body: Body): Uint8Array
  decode(body: Uint8Array): Body
}

const json = <Name extends keyof typeof JSON_BODIES>(
  name: Name,
  from: Sender,
  of: 'connection' | 'stream' = 'stream',
) =>
  ({
    from,
    of,
    encode: jsonBytes,
    decode: (body) => readJson<FrameBodies[Name]>(body, JSON_BODIES[name] as never, name),
  }) satisfies Row<FrameBodies[Name]>

/** The table of frames. */
export const WEBTTY_FRAMES: { readonly [Name in FrameName]: Row<FrameBodies[Name]> } = {
  hello: json('hello', 'both', 'connection'),
  open: json('open', 'client'),
  opened: json('opened', 'server'),
  data: { from: 'both', of: 'stream', encode: (body) => encodeData(body), decode: (body) => decodeData(body) },
  credit: {
    from: 'both',
    of: 'stream',
    encode: ({ fd, max, received }) => numbers(fd, [max, received]),
    decode: (body) => {
      const reader = new VarintReader(body)
      return whole(reader, { fd: readFd(reader), max: reader.next(), received: reader.next() })
    },
  },
  resize: {
    from: 'client',
    of: 'stream',
    encode: ({ cols, rows, xPixels = 0, yPixels = 0 }) => varints([cols, rows, xPixels, yPixels]),
    decode: (body) => {
      const reader = new VarintReader(body)
      return whole(reader, readSize(reader))
    },
  },
  signal: json('signal', 'client'),
  eof: {
    from: 'both',
    of: 'stream',
    encode: ({ fd, offset }) => numbers(fd, [offset]),
    decode: (body) => {
      const reader = new VarintReader(body)
      return whole(reader, { fd: readFd(reader), offset: reader.next() })
    },
  },
  exit: json('exit', 'server'),
  attach: json('attach', 'client'),
  snapshot: {
    from: 'server',
    of: 'stream',
    encode: ({ offset, cols, rows, last, bytes }) => {
      const head = varints([offset, cols, rows, last ? 1 : 0])
      const all = new Uint8Array(head.length + bytes.length)
      all.set(head)
      all.set(bytes, head.length)
      return all
    },
    decode: (body) => {
      const reader = new VarintReader(body)
      const offset = reader.next()
      return { offset, cols: side(reader), rows: side(reader), last: reader.next() === 1, bytes: reader.rest() }
    },
  },
  detach: { from: 'both', of: 'stream', encode: () => EMPTY, decode: (body) => nothing(body) },
  reset: json('reset', 'both'),
  ping: { from: 'both', of: 'connection', encode: (body) => body, decode: (body) => eight(body) },
  pong: { from: 'both', of: 'connection', encode: (body) => body, decode: (body) => eight(body) },
  list: { from: 'client', of: 'connection', encode: () => EMPTY, decode: (body) => nothing(body) },
  processes: json('processes', 'server', 'connection'),
  ask: json('ask', 'client', 'connection'),
  answer: json('answer', 'server', 'connection'),
}

const NAMES = new Map<number, FrameName>(Object.entries(WEBTTY_FRAME).map(([name, type]) => [type, name as FrameName]))

/** The name of a type, undefined when this version does not know it. */
export const frameName = (type: number): FrameName | undefined => NAMES.get(type)

/** A frame as bytes. DATA in bulk is written in place by `putHead` instead. */
export const encodeFrame = (frame: WebttyFrame): Uint8Array => {
  const row = WEBTTY_FRAMES[frame.name] as Row<unknown>
  const body = row.encode(frame.body)
  const bytes = new Uint8Array(headBytes(frame.stream, body.length) + body.length)
  bytes.set(body, putHead(bytes, WEBTTY_FRAME[frame.name], [0, frame.stream, body.length]))
  return bytes
}

/** The value of a known frame; views in it point into `body`. Throws PROTOCOL_ERROR. */
export const decodeFrame = (name: FrameName, stream: number, body: Uint8Array): WebttyFrame => {
  const row = WEBTTY_FRAMES[name]
  if ((row.of === 'connection') !== (stream === 0)) throw broken(`a frame ${name} on stream ${stream}`)
  return { name, stream, body: row.decode(body) } as WebttyFrame
}

const EMPTY = new Uint8Array(0)

const broken = (problem: string): AppError => new AppError('PROTOCOL_ERROR', { problem })

const varints = (values: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(values.reduce((sum, value) => sum + varintBytes(value), 0))
  let at = 0
  for (const value of values) at = putVarint(bytes, at, value)
  return bytes
}

const numbers = (fd: Fd, values: readonly number[]): Uint8Array => varints([fd, ...values])

const encodeData = ({ fd, offset, bytes }: FrameBodies['data']): Uint8Array => {
  const body = new Uint8Array(1 + varintBytes(offset) + bytes.length)
  body[0] = fd
  body.set(bytes, putVarint(body, 1, offset))
  return body
}

const decodeData = (body: Uint8Array): FrameBodies['data'] => {
  const reader = new VarintReader(body)
  const data = { fd: readFd(reader), offset: reader.next(), bytes: reader.rest() }
  if (data.offset + data.bytes.length > Number.MAX_SAFE_INTEGER) throw broken('an offset over 2^53-1')
  return data
}

const readFd = (reader: VarintReader): Fd => {
  const fd = reader.byte()
  if (fd > 3) throw broken(`an fd ${fd}`)
  return fd as Fd
}

const readSize = (reader: VarintReader): TtySize => {
  const [cols, rows, xPixels, yPixels] = [side(reader), side(reader), pixels(reader), pixels(reader)]
  return { cols, rows, ...(xPixels > 0 && { xPixels }), ...(yPixels > 0 && { yPixels }) }
}

const side = (reader: VarintReader): number => {
  const value = pixels(reader)
  if (value === 0) throw broken('a terminal without a cell')
  return value
}

const pixels = (reader: VarintReader): number => {
  const value = reader.next()
  if (value > 65_535) throw broken(`a terminal of ${value} cells or pixels`)
  return value
}

const whole = <T>(reader: VarintReader, value: T): T => {
  reader.end()
  return value
}

const nothing = (body: Uint8Array): null => {
  if (body.length > 0) throw broken('a body where there is none')
  return null
}

const eight = (body: Uint8Array): Uint8Array => {
  if (body.length !== 8) throw broken(`a ping of ${body.length} bytes`)
  return body
}
