/** Owns where an app-server keeps its settings and threads. */
import { join, resolve } from 'node:path'
import { type Env, homeDir } from '@towline/operations'

export const appServerHome = (env: Env, home: string | undefined): string =>
  home === undefined ? join(homeDir(env), 'app-server') : resolve(home)
