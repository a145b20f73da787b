/** Owns the work of `towline app-server`. */
import { resolve } from 'node:path'
import { createLog } from '@towline/base'
import { AppError } from '@towline/protocol'
import { type Io, note } from '../io.ts'
import { openUpstream } from '../server/app-server/open-upstream.ts'
import type { ServedAppServer } from '../server/app-server/serve-sockets.ts'
import { parseUpstream } from '../server/app-server/upstream-address.ts'
import { type AppServerTunnelOptions, serveAppServerTunnel, tunnelSpec } from './app-server-tunnel.ts'

export interface AppServerOptions extends AppServerTunnelOptions {
  readonly upstream?: string
  readonly cwd?: string
}

/** Serves until it is told to end, which is success, or the server ends the tunnel for good, which is an error. */
export const run = async (io: Io, options: AppServerOptions): Promise<void> => {
  const spec = tunnelSpec(options)
  const served = await servedBy(io, options)
  try {
    await serveAppServerTunnel(io, { options, spec, served })
  } finally {
    await served.close()
  }
}

const servedBy = async (io: Io, { upstream, cwd }: AppServerOptions): Promise<ServedAppServer> => {
  if (upstream === undefined)
    throw new AppError('USAGE', { problem: 'Say which app-server is served, with --upstream.' })
  return await openUpstream({
    upstream: parseUpstream(upstream, io.env),
    env: io.env,
    cwd: resolve(cwd ?? '.'),
    stderr: io.stderr,
    log: createLog({ level: 'warn', stream: io.stderr }),
    onDied: (problem, againMs) => note(io, `${upstream} ended (${problem}); it is started again in ${againMs} ms`),
  })
}
