/** Owns a dialed stream as a Node stream, whose error says why it was refused. */
import { type ChannelDuplex, toDuplex } from '@towline/base'
import { parseTow } from '@towline/protocol'
import type { Session } from '../session/session.ts'
import { dialError, onReset } from './resets.ts'

/** As {@link Session.dial}; a reset destroys the stream with an AppError such as TUNNEL_UNKNOWN or UPSTREAM_REFUSED. */
export const dialDuplex = async (session: Session, address: string, signal?: AbortSignal): Promise<ChannelDuplex> => {
  const name = parseTow(address)
  const channel = await session.dial(name, signal)
  const stream = toDuplex(channel)
  onReset(channel, (_error, code) => stream.destroy(dialError(code, name)))
  return stream
}
