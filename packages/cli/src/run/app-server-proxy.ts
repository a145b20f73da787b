/** Owns the work of `towline app-server proxy`: bytes both ways, nothing read into them. */
import { join, resolve } from 'node:path'
import { proxyAppServer } from '@towline/operations'
import { LIMITS } from '@towline/protocol'
import type { Io } from '../io.ts'
import { appServerHome } from '../server/app-server/app-server-home.ts'
import { controlSocket } from '../server/app-server/listen-app-server.ts'
import { programWords } from './program-words.ts'

export interface AppServerProxyOptions {
  readonly sock?: string
  readonly home?: string
  readonly start: boolean
  readonly idleExit?: string
}

/** Until either side is done. Rejects with SERVER_UNREACHABLE, APP_SERVER_START_FAILED. */
export const run = async (io: Io, { sock, home, start, idleExit }: AppServerProxyOptions): Promise<void> => {
  const own = appServerHome(io.env, home)
  const socket = sock === undefined ? controlSocket(own) : resolve(sock)
  const idle = idleExit ?? `${LIMITS.appServerIdleSeconds}s`
  const words = [
    'app-server',
    '--listen',
    `unix://${socket}`,
    '--home',
    own,
    '--cwd',
    resolve('.'),
    '--idle-exit',
    idle,
  ]
  const server = { argv: [...programWords(), ...words], env: io.env, log: join(own, 'app-server.log') }
  await proxyAppServer({
    ...{ socket, server: start ? server : undefined },
    ...{ input: io.stdin, output: io.stdout, signal: io.signal },
  })
  io.stdin.destroy()
  io.endStdout()
}
