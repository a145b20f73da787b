/** Owns opening the app-server that is served: the one of a home, or another behind this one. */
import { resolve } from 'node:path'
import { createLog, type Log } from '@towline/base'
import type { ServerOptions } from '../command.ts'
import { type Io, note } from '../io.ts'
import type { ServedAppServer } from '../server/app-server/served.ts'

export interface AppServerOpening extends ServerOptions {
  readonly home?: string
  readonly cwd?: string
  readonly upstream?: string
}

/** Rejects with CONFIG_INVALID, OPTION_INVALID, COMMAND_UNKNOWN, APP_UPSTREAM_DOWN. */
export const openServed = async (io: Io, options: AppServerOpening): Promise<ServedAppServer> =>
  options.upstream === undefined
    ? await (await import('./app-server-own.ts')).openOwn(io, options)
    : await openOther(io, options, options.upstream)

export const logOf = (io: Io): Log => createLog({ level: 'warn', stream: io.stderr })

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
