/** Owns that no child inherits a terminal of another: the native binding opens masters without close-on-exec. */
import { openSync } from 'node:fs'
import type { IOType } from 'node:child_process'

type Stdio = IOType | number

const masters = new Set<number>()
let nothing: number | undefined

/** From now on no child gets this descriptor. */
export const guardMaster = (fd: number): void => {
  masters.add(fd)
}

/** The descriptor is closed, or about to be. */
export const forgetMaster = (fd: number): void => {
  masters.delete(fd)
}

/** The stdio of a child in which every open master is covered by /dev/null. */
export const maskDescriptors = (stdio: readonly Stdio[]): Stdio[] => {
  if (masters.size === 0) return [...stdio]
  nothing ??= openSync('/dev/null', 'r+')
  const masked: Stdio[] = Array.from({ length: Math.max(...masters) + 1 }, (_, fd) => stdio[fd] ?? 'ignore')
  for (const fd of masters) masked[fd] = nothing
  return masked
}
