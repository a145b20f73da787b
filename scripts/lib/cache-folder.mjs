/** Owns where this machine keeps what is large and can be fetched again, outside of every checkout. Only Node built-ins. */
import { homedir } from 'node:os'
import { join } from 'node:path'

/** A folder of ours in the cache folder of the operating system. */
export const cacheFolder = (name, env = process.env) => {
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', name)
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), name)
}
