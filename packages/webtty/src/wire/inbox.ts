/** Owns reading the messages of a peer: known frames in order, from the side that may send them; all else refused. */
import {
  AppError,
  CRITICAL_BIT,
  decodeFrame,
  type FrameName,
  frameName,
  readFrames,
  WEBTTY_CLOSE,
  WEBTTY_FRAMES,
  type WebttyFrame,
} from '@towline/protocol'
import type { CarrierEnd } from '../carrier/carrier.ts'

/** A reason to close the connection. */
export class CloseError extends Error {
  readonly end: CarrierEnd

  constructor(code: number, reason: string) {
    super(reason)
    this.end = { code, reason }
  }
}

/** Who hears the frames of a message. */
export interface FrameSink {
  frame(frame: WebttyFrame): void
  /** The body of a frame of a stream cannot be read: that stream alone is broken. */
  broken(name: FrameName, stream: number, error: AppError): void
}

/** Hands on every frame of `message`. Throws {@link CloseError}. */
export const readMessage = (message: Uint8Array, from: 'client' | 'server', sink: FrameSink): void => {
  try {
    readFrames(message, (type, stream, body) => {
      const name = frameName(type)
      if (name === undefined) return skip(type)
      const sender = WEBTTY_FRAMES[name].from
      if (sender !== 'both' && sender !== from) throw broken(`a frame ${name} from a ${from}`)
      readOne(sink, [name, stream], body)
    })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    throw new CloseError(WEBTTY_CLOSE.protocol, String(error.details['problem'] ?? error.message))
  }
}

const readOne = (sink: FrameSink, [name, stream]: readonly [FrameName, number], body: Uint8Array): void => {
  if ((WEBTTY_FRAMES[name].of === 'connection') !== (stream === 0)) throw broken(`a frame ${name} on stream ${stream}`)
  let frame: WebttyFrame
  try {
    frame = decodeFrame(name, stream, body)
  } catch (error) {
    if (!(error instanceof AppError) || stream === 0) throw error
    return sink.broken(name, stream, error)
  }
  sink.frame(frame)
}

const broken = (problem: string): AppError => new AppError('PROTOCOL_ERROR', { problem })

const skip = (type: number): void => {
  if (type & CRITICAL_BIT) throw new CloseError(WEBTTY_CLOSE.unsupported, `a critical frame of type ${type}`)
}
