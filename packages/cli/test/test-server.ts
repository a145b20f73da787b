/** Owns what a whole server is opened with in tests: on loopback, below one folder, silent. */
import { join } from 'node:path'
import { silentLog } from '@towline/base'
import type { ServerOptions } from '../src/server/open-server.ts'

export const serverOptions = (home: string, more: Partial<ServerOptions> = {}): ServerOptions => ({
  env: { TOWLINE_HOME: home },
  log: silentLog(),
  dir: join(home, 'data'),
  listen: { host: '127.0.0.1', port: 0 },
  domain: 'localhost',
  project: 'dev',
  signal: new AbortController().signal,
  ...more,
})
