/** Where optional peer binaries live (outside the repository) and how a descriptor's `needs` is found. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { cacheFolder } from '../../scripts/lib/cache-folder.mjs'

/** Folder of downloaded and compiled peers: TOWLINE_BENCH_CACHE, else the cache folder of the operating system. */
export function cacheDir(env = process.env) {
  return env.TOWLINE_BENCH_CACHE || cacheFolder('towline-bench', env)
}

/** Absolute path of an executable: the bench cache first, then PATH and the sbin folders; null when absent. */
export function findBinary(name) {
  const folders = [join(cacheDir(), 'bin'), ...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
