/** Owns hearing why a dialed stream was refused or broke, besides whoever consumes it. */
import { AppError, type Channel, resetError } from '@towline/protocol'

/** Calls back with the error of a reset. Call it after the channel's consumer was set. */
export const onReset = (channel: Channel, listener: (error: AppError, code: number) => void): void => {
  const { sink } = channel
  channel.sink = {
    data: (bytes, slab) => sink.data(bytes, slab),
    ended: () => sink.ended(),
    drained: () => sink.drained(),
    closed: (reset) => {
      if (reset !== undefined) listener(dialError(reset), reset)
      sink.closed(reset)
    },
  }
}

/** The error a RESET code means to a dialer. */
export const dialError = (reset: number, name = ''): AppError => {
  const code = resetError(reset)
  if (code === 'DIAL_PUBLISHED') return new AppError(code, { name, url: 'that "towline tunnel list" shows' })
  if (code === 'FORBIDDEN') return new AppError(code, { permission: 'tunnels.connect' })
  if (code === 'PROTOCOL_ERROR') return new AppError(code, { problem: 'the stream was refused' })
  return new AppError(code)
}
