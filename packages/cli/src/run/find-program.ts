/** Owns finding a program where the shell would. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Env } from '@towline/operations'

/** Its path, or undefined when `PATH` has none that may be run. */
export const findProgram = (env: Env, name: string): string | undefined =>
  (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isRunnable)

const isRunnable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
