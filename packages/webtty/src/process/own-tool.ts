/** Owns finding the programs that we start for ourselves: by the server's path, never by one that a client has set. */
import { DEFAULT_PATH } from './environment.ts'
import { findCommand } from './find-command.ts'

/** Absolute path of a program of the system. Throws COMMAND_UNKNOWN, COMMAND_REFUSED. */
export const ownTool = (name: string): string =>
  findCommand(name, { path: `${process.env.PATH ?? ''}:${DEFAULT_PATH}`, cwd: '/' })
