/** Owns where Towline keeps its state on this machine. */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** The environment variables that were given; tests hand in their own. */
export type Env = Readonly<Record<string, string | undefined>>

/** `TOWLINE_HOME`, else `$XDG_DATA_HOME/towline`, else `~/.local/share/towline` (XDG Base Directory 0.8). */
export const homeDir = (env: Env): string => {
  if (env['TOWLINE_HOME']) return resolve(env['TOWLINE_HOME'])
  const data = env['XDG_DATA_HOME']
  // The specification has relative paths ignored.
  const root = data?.startsWith('/') ? data : join(env['HOME'] ?? homedir(), '.local', 'share')
  return join(root, 'towline')
}

/** The file that holds the contexts. */
export const contextsFile = (env: Env): string => join(homeDir(env), 'contexts.json')

/** Where `towline up` keeps its database and keys unless told otherwise. */
export const dataDir = (env: Env): string => join(homeDir(env), 'data')
