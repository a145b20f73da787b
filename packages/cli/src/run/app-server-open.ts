/** Owns opening the app-server that is served: the one of a home, or another behind this one. */
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createLog, type Log } from '@towline/base'
import { AppError, shown } from '@towline/protocol'
import type { ServerOptions } from '../command.ts'
import { type Io, note } from '../io.ts'
import type { ServedAppServer } from '../server/app-server/served.ts'

export interface AppServerOpening extends ServerOptions {
  readonly home?: string
  readonly cwd?: string
  readonly upstream?: string
}

/** Rejects with FOLDER_UNKNOWN, APP_HOME_UNUSABLE, CONFIG_INVALID, OPTION_INVALID, COMMAND_UNKNOWN, APP_UPSTREAM_DOWN. */
export const openServed = async (io: Io, options: AppServerOpening): Promise<ServedAppServer> => {
  const { cwd, upstream } = options
  const isFolder = cwd === undefined || (await stat(cwd).catch(() => undefined))?.isDirectory()
  if (!isFolder) throw new AppError('FOLDER_UNKNOWN', { cwd: shown(cwd) })
  return upstream === undefined
    ? await (await import('./app-server-own.ts')).openOwn(io, options)
    : await openOther(io, options, upstream)
}

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
