/** Owns the work of `towline app-server proxy`: bytes both ways, nothing read into them. */
import { resolve } from 'node:path'
import { connect, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { AppError } from '@towline/protocol'
import type { Io } from '../io.ts'
import { appServerHome } from '../server/app-server/app-server-home.ts'
import { controlSocket } from '../server/app-server/listen-app-server.ts'

export interface AppServerProxyOptions {
  readonly sock?: string
  readonly home?: string
}

/** Until either side is done. Rejects with SERVER_UNREACHABLE. */
export const run = async (io: Io, { sock, home }: AppServerProxyOptions): Promise<void> => {
  const path = sock === undefined ? controlSocket(appServerHome(io.env, home)) : resolve(sock)
  const socket = await dial(path)
  const stop = (): void => void socket.destroy()
  io.signal.addEventListener('abort', stop, { once: true })
  await Promise.all([pipeline(io.stdin, socket).catch(ended), pipeline(socket, io.stdout, { end: false }).catch(ended)])
  io.stdin.destroy()
  io.endStdout()
}

/** A side that is gone is the end of a proxy, not a failure of it. */
const ended = (): void => undefined

const dial = (path: string): Promise<Socket> =>
  new Promise((done, fail) => {
    const socket = connect({ path, allowHalfOpen: true }, () => done(socket))
    socket.once('error', ({ code, message }: NodeJS.ErrnoException) =>
      fail(new AppError('SERVER_UNREACHABLE', { url: `unix:${path}`, problem: code ?? message })),
    )
  })
