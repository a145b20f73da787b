/** Owns connecting to a socket of this machine, but to none that somebody else put there. */
import { connect as connectUnix, type Socket } from 'node:net'
import { socketFlaw } from '@towline/base'
import { AppError } from '@towline/protocol'

/** Rejects with SERVER_UNREACHABLE. */
export const dialUnix = async (path: string): Promise<Socket> => {
  // In a folder that others may write, somebody else could wait there for what we say.
  const problem = await socketFlaw(path)
  if (problem !== undefined) throw new AppError('SERVER_UNREACHABLE', { url: `unix:${path}`, problem })
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
