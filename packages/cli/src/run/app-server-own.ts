/** Owns opening the app-server of a home: loaded only where one is served. */
import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import { openHomeServer } from '@towline/app-server'
import { openProcesses } from '@towline/webtty'
import type { Io } from '../io.ts'
import { appServerHome } from '../server/app-server/app-server-home.ts'
import type { ServedAppServer } from '../server/app-server/served.ts'
import { VERSION } from '../version.ts'
import { type AppServerOpening, logOf } from './app-server-open.ts'
import { machineWire } from './machine-wire.ts'

export const openOwn = async (io: Io, options: AppServerOpening): Promise<ServedAppServer> => {
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
