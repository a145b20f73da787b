/** Owns the work of `towline app-server`. */
import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import { type HomeServer, LineWire, openHomeServer } from '@towline/app-server'
import { createLog } from '@towline/base'
import { AppError } from '@towline/protocol'
import { openProcesses } from '@towline/webtty'
import type { ServerOptions } from '../command.ts'
import { type Io, line } from '../io.ts'
import { appServerHome } from '../server/app-server-home.ts'
import type { WsAuthOptions } from '../server/app-server-auth.ts'
import { VERSION } from '../version.ts'
import { machineWire } from './machine-wire.ts'
import { untilClosed } from './until-closed.ts'
import { aborted } from './waiting.ts'

export interface AppServerOptions extends ServerOptions, WsAuthOptions {
  readonly listen?: string
  readonly stdio?: boolean
  readonly home?: string
  readonly cwd?: string
  readonly allowOrigin?: string
}

/** Serves until it is told to end, or its only client is gone. Turns that run have a while to end. */
export const run = async (io: Io, options: AppServerOptions): Promise<void> => {
  const { listen = 'stdio://', stdio, cwd, allowOrigin } = options
  if (stdio && options.listen !== undefined)
    throw new AppError('USAGE', { problem: 'The options --stdio and --listen do not go together.' })
  const home = appServerHome(io.env, options.home)
  if (listen === 'stdio://') return await serving(io, { home, cwd, options }, (own) => serveOnce(io, own))
  const { appServerAddress, listenAppServer } = await import('../server/listen-app-server.ts')
  const { wsAuthRule } = await import('../server/app-server-auth.ts')
  const at = appServerAddress(listen, home)
  const rule = await wsAuthRule(options)
  const origins = allowOrigin?.split(',').map((origin) => origin.trim()) ?? []
  await serving(io, { home, cwd, options }, async ({ server }) => {
    const listening = 'off' in at || 'stdio' in at ? undefined : await listenAppServer({ server, at, rule, origins })
    if (listening) line(io, listening.url)
    await aborted(io.signal)
    await server.drain()
    await listening?.close()
  })
}

interface Opening {
  readonly home: string
  readonly cwd: string | undefined
  readonly options: AppServerOptions
}

const serving = async (io: Io, { home, cwd, options }: Opening, serve: (own: HomeServer) => Promise<void>): Promise<void> => {
  const own = await openHomeServer({
    home,
    cwd: resolve(cwd ?? '.'),
    env: io.env,
    shell: userInfo().shell ?? '/bin/sh',
    processes: openProcesses(),
    machine: machineWire(io, options),
    version: VERSION,
    log: createLog({ level: 'warn', stream: io.stderr }),
  })
  try {
    await serve(own)
  } finally {
    await own.close()
  }
}

const serveOnce = async (io: Io, { server }: HomeServer): Promise<void> => {
  const wire = new LineWire(io.stdin, io.stdout)
  const stop = async (): Promise<void> => {
    await server.drain()
    wire.close()
  }
  if (io.signal.aborted) return wire.close()
  io.signal.addEventListener('abort', () => void stop(), { once: true })
  await untilClosed(wire, server)
  await server.drain()
  io.stdin.destroy()
}
