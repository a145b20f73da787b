/** Owns opening the app-server that is served: the one of a home, or another behind this one. */
import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import { createLog } from '@towline/base'
import type { ServerOptions } from '../command.ts'
import { type Io, note } from '../io.ts'
import { appServerHome } from '../server/app-server/app-server-home.ts'
import type { ServedAppServer } from '../server/app-server/served.ts'
import { VERSION } from '../version.ts'

export interface AppServerOpening extends ServerOptions {
  readonly home?: string
  readonly cwd?: string
  readonly upstream?: string
}

/** Rejects with CONFIG_INVALID, OPTION_INVALID, COMMAND_UNKNOWN, APP_UPSTREAM_DOWN. */
export const openServed = async (io: Io, options: AppServerOpening): Promise<ServedAppServer> =>
  options.upstream === undefined ? await openOwn(io, options) : await openOther(io, options, options.upstream)

const logOf = (io: Io) => createLog({ level: 'warn', stream: io.stderr })

const openOwn = async (io: Io, options: AppServerOpening): Promise<ServedAppServer> => {
  const { openHomeServer } = await import('@towline/app-server')
  const { openProcesses } = await import('@towline/webtty')
  const { machineWire } = await import('./machine-wire.ts')
  const own = await openHomeServer({
    home: appServerHome(io.env, options.home),
    cwd: resolve(options.cwd ?? '.'),
    env: io.env,
    shell: userInfo().shell ?? '/bin/sh',
    processes: openProcesses(),
    machine: machineWire(io, options),
    version: VERSION,
    log: logOf(io),
  })
  const { server } = own
  return {
    serve: (wire) => server.serve(wire),
    isReady: async () => (await server.health()).ready,
    health: () => server.health(),
    drain: () => server.drain(),
    isIdle: () => own.isIdle,
    close: () => own.close(),
  }
}

const openOther = async (io: Io, { cwd }: AppServerOpening, upstream: string): Promise<ServedAppServer> => {
  const { openUpstream } = await import('../server/app-server/open-upstream.ts')
  const { parseUpstream } = await import('../server/app-server/upstream-address.ts')
  return await openUpstream({
    upstream: parseUpstream(upstream, io.env),
    env: io.env,
    cwd: resolve(cwd ?? '.'),
    stderr: io.stderr,
    log: logOf(io),
    onDied: (problem, againMs) => note(io, `${upstream} ended (${problem}); it is started again in ${againMs} ms`),
  })
}
