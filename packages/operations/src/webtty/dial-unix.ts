/** Owns connecting to a socket of this machine, but to none that somebody else put there. */
import { stat } from 'node:fs/promises'
import { connect as connectUnix, type Socket } from 'node:net'
import { AppError } from '@towline/protocol'

/** Rejects with SERVER_UNREACHABLE. */
export const dialUnix = async (path: string): Promise<Socket> => {
  const owner = (await stat(path).catch(() => undefined))?.uid
  const own = process.geteuid?.()
  // In a folder that others may write, somebody else could wait there for what we say.
  if (owner !== undefined && own !== undefined && owner !== own && owner !== 0)
    throw new AppError('SERVER_UNREACHABLE', { url: `unix:${path}`, problem: 'it belongs to somebody else' })
  return await new Promise((done, fail) => {
    const socket = connectUnix({ path, allowHalfOpen: true })
    socket.once('connect', () => {
      socket.off('error', fail)
      done(socket)
    })
    socket.once('error', (error: NodeJS.ErrnoException) =>
      fail(new AppError('SERVER_UNREACHABLE', { url: `unix:${path}`, problem: error.code ?? error.message })),
    )
  })
}
