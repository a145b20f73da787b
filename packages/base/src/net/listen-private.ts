/** Owns listening on a socket in a file that only this user reaches. */
import { lstat, unlink } from 'node:fs/promises'
import { connect, type Server } from 'node:net'
import { AppError } from '@towline/protocol'
import { socketFlaw } from './socket-place.ts'

/** Takes the place of a socket that nobody listens on any more. Rejects with PORT_IN_USE, PORT_FORBIDDEN. */
export const listenPrivately = async (server: Server, path: string): Promise<void> => {
  const flaw = await socketFlaw(path)
  if (flaw !== undefined) throw new AppError('PORT_FORBIDDEN', { address: `unix:${path}`, problem: flaw })
  await removeStale(path)
  await new Promise<void>((done, fail) => {
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      const said = { address: `unix:${path}`, problem: code ?? message }
      fail(new AppError(code === 'EADDRINUSE' ? 'PORT_IN_USE' : 'PORT_FORBIDDEN', said))
    })
    bind(server, path, done)
  })
}

/** The socket is 0600 from the moment it is there. It is made during the call, so nothing else is made under this mask. */
const bind = (server: Server, path: string, done: () => void): void => {
  const before = process.umask(0o177)
  try {
    server.listen(path, done)
  } finally {
    process.umask(before)
  }
}

/** A socket of ours that nobody listens on any more is left by a process that was killed. */
const removeStale = async (path: string): Promise<void> => {
  const found = await lstat(path).catch(() => undefined)
  if (!found?.isSocket() || (process.geteuid && found.uid !== process.geteuid())) return
  const isStale = await new Promise<boolean>((done) => {
    const socket = connect(path, () => done(false))
    socket.on('error', ({ code }: NodeJS.ErrnoException) => done(code === 'ECONNREFUSED'))
    socket.on('connect', () => socket.destroy())
  })
  if (isStale) await unlink(path)
}
