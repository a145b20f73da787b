/** Owns the words of `towline webtty fs upload`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { WebttyFsUploadOptions } from '../run/webtty-fs-upload.ts'
import { webttyOptions } from '../webtty-options.ts'

export const webttyFsUpload: Build = (io) =>
  examples(
    webttyOptions(
      command('upload', 'Copy a file there; goes on where a broken connection stopped it')
        .argument('<local>', 'file of this machine')
        .argument('<path>', 'below the served folder')
        .option('--mkdirs', 'make missing folders')
        .option('--overwrite', 'replace a file that is there')
        .addOption(formatOption()),
    ),
    'towline webtty fs upload --url tow://edge-lab app.tar /releases/app.tar',
  ).action(async (local: string, path: string, options: WebttyFsUploadOptions) =>
    (await import('../run/webtty-fs-upload.ts')).run(io, { local, path }, options),
  )
