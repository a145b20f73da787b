/** Owns checking control messages and stream opens that a peer sent. */
import { AppError } from '../errors.ts'
import type { ControlMessage, StreamOpen } from './messages.ts'

const decode = (payload: Uint8Array): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(payload))
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {}
  throw new AppError('PROTOCOL_ERROR', { problem: 'a message that is not a JSON object' })
}

export const parseControl = (payload: Uint8Array): ControlMessage | undefined => decode(payload) as unknown as ControlMessage

export const parseStreamOpen = (payload: Uint8Array): StreamOpen => decode(payload) as StreamOpen
