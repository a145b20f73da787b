/** Owns where an app-server listens. */
import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { isIP } from 'node:net'
import { userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { hostPort, isLoopback } from '@towline/base'
import { parseListen } from '@towline/operations'
import { AppError } from '@towline/protocol'
import { type ListenAt, type Listening, listenWebSockets } from '../listen-web-sockets.ts'
import { type AppServerDoor, appServerDoor } from './door.ts'

/** Where it serves; undefined for standard input and output, or nowhere of its own. */
export type AppServerAddress = 'stdio' | 'off' | { readonly path: string } | ListenAt

/** Where stock clients look for a server of theirs. */
export const controlSocket = (home: string): string => {
  const path = join(home, 'app-server-control', 'app-server-control.sock')
  if (Buffer.byteLength(path) <= PATH_BYTES) return path
  // Nobody is fooled by a socket that somebody else made there: clients ask whose it is.
  const name = createHash('sha256').update(path).digest('hex')
  return join('/tmp', `towline-app-server-${userInfo().uid}`, `${name.slice(0, NAME_CHARS)}.sock`)
}

/** Of a socket's path that every system takes: `sun_path` has 104 on macOS and 108 on Linux, one of them 0. */
const PATH_BYTES = 100
const NAME_CHARS = 32

/** Reads `--listen`. Throws OPTION_INVALID. */
export const appServerAddress = (listen: string, home: string): AppServerAddress => {
  if (listen === 'stdio://') return 'stdio'
  if (listen === 'off') return 'off'
  if (listen === 'unix://') return { path: controlSocket(home) }
  if (listen.startsWith('unix://')) return { path: resolve(listen.slice('unix://'.length)) }
  if (!listen.startsWith('ws://')) throw invalid(listen, `unsupported --listen URL \`${listen}\`; expected ${EXPECTED}`)
  const text = listen.slice('ws://'.length)
  const [, host = ''] = /^\[?([^\]]*)\]?:\d+$/.exec(text) ?? []
  if (isIP(host) === 0) throw invalid(listen, `invalid websocket --listen URL \`${listen}\`; expected \`ws://IP:PORT\``)
  return parseListen(text)
}

const EXPECTED = '`stdio://`, `unix://`, `unix://PATH`, `ws://IP:PORT`, or `off`'

const invalid = (value: string, problem: string): AppError =>
  new AppError('OPTION_INVALID', { option: '--listen', value, problem })

export interface ListenAppServer extends AppServerDoor {
  readonly at: ListenAt | { readonly path: string }
}

/** Rejects with USAGE, PORT_IN_USE, PORT_FORBIDDEN. */
export const listenAppServer = async ({ at, ...door }: ListenAppServer): Promise<Listening> => {
  if ('path' in at) {
    await mkdir(dirname(at.path), { recursive: true, mode: 0o700 })
    // Only this user reaches a socket in a file, so nothing more is asked.
    return await listenWebSockets(at, appServerDoor({ ...door, rule: undefined }))
  }
  if (door.rule === undefined && !isLoopback(at.host)) {
    const where = hostPort(at.host, at.port)
    const problem = `refusing to start non-loopback websocket listener ${where} without auth; configure \`--ws-auth capability-token\` or \`--ws-auth signed-bearer-token\``
    throw new AppError('USAGE', { problem })
  }
  return await listenWebSockets(at, appServerDoor(door))
}
