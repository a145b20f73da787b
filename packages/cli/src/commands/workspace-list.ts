/** Owns the words of `towline workspace list`. */
import { type Build, command, examples, formatOption, serverOptions } from '../command.ts'
import type { WorkspaceListOptions } from '../run/workspace-list.ts'

export const workspaceList: Build = (io) =>
  examples(
    serverOptions(command('list', 'List the workspaces you belong to').alias('ls'))
      .addOption(formatOption())
      .action(async (options: WorkspaceListOptions) => (await import('../run/workspace-list.ts')).run(io, options)),
    'towline workspace list -o json',
  )
