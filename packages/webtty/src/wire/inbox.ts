/** Owns reading the messages of a peer: known frames in order, from the side that may send them; all else refused. */
import {
  AppError,
  CRITICAL_BIT,
  decodeFrame,
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

/** Hands on every frame of `message`. Throws {@link CloseError}. */
export const readMessage = (
  message: Uint8Array,
  from: 'client' | 'server',
  onFrame: (frame: WebttyFrame) => void,
): void => {
  try {
    readFrames(message, (type, stream, body) => {
      const name = frameName(type)
      if (name === undefined) return skip(type)
      const sender = WEBTTY_FRAMES[name].from
      if (sender !== 'both' && sender !== from) throw new AppError('PROTOCOL_ERROR', { problem: `a frame ${name} from a ${from}` })
      onFrame(decodeFrame(name, stream, body))
    })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    throw new CloseError(WEBTTY_CLOSE.protocol, String(error.details['problem'] ?? error.message))
  }
}

const skip = (type: number): void => {
  if (type & CRITICAL_BIT) throw new CloseError(WEBTTY_CLOSE.unsupported, `a critical frame of type ${type}`)
}
