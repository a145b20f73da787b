/** Owns finding a program of this machine by its name. */
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

/** Its path, or undefined when `PATH` has none that may be run; relative folders of `PATH` do not count. */
export const findProgram = (env: Readonly<Record<string, string | undefined>>, name: string): string | undefined =>
  (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, name))
    .find(isProgram)

/** Folders may be "executed" too. */
const isProgram = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
