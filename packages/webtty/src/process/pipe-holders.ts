/** Owns finding who holds a pipe, by the links in /proc. */
import { readdirSync, readlinkSync } from 'node:fs'
import { identify, type Identity } from './proc-stat.ts'

const names = (path: string): readonly string[] => {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

const holds = (pid: string, paths: ReadonlySet<string>): boolean =>
  names(`/proc/${pid}/fd`).some((fd) => {
    try {
      return paths.has(readlinkSync(`/proc/${pid}/fd/${fd}`))
    } catch {
      return false
    }
  })

/** Other processes with a descriptor of one of these pipes, whose names are gone from disk. */
export const pipeHolders = (paths: readonly string[]): readonly Identity[] => {
  const gone = new Set(paths.map((path) => `${path} (deleted)`))
  return names('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && holds(name, gone))
    .map((name) => identify(Number(name)))
}
