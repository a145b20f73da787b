/** Owns the words of `towline webtty fs write`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { WebttyFsWriteOptions } from '../run/webtty-fs-write.ts'
import { webttyOptions } from '../webtty-options.ts'

export const webttyFsWrite: Build = (io) =>
  examples(
    webttyOptions(
      command('write', 'Write standard input to a file, whole or not at all')
        .argument('<path>', 'below the served folder')
        .option('--if-match <etag>', 'only if the file is still that version')
        .option('--if-none', 'only if there is no such file')
        .option('--mode <octal>', 'permissions of a new file')
        .option('--mkdirs', 'make missing folders')
        .addOption(formatOption()),
    ),
    'echo hello | towline webtty fs write --url tow://edge-lab /notes.txt',
  ).action(async (path: string, options: WebttyFsWriteOptions) =>
    (await import('../run/webtty-fs-write.ts')).run(io, path, options),
  )
