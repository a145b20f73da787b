/** Owns the words of `towline webtty fs download`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { WebttyFsDownloadOptions } from '../run/webtty-fs-download.ts'
import { webttyOptions } from '../webtty-options.ts'

export const webttyFsDownload: Build = (io) =>
  examples(
    webttyOptions(
      command('download', 'Copy a file here; goes on where a broken connection stopped it')
        .argument('<path>', 'below the served folder')
        .argument('[local]', 'file or folder of this machine; its own name here otherwise')
        .option('--overwrite', 'replace a file that is there')
        .addOption(formatOption()),
    ),
    'towline webtty fs download --url tow://edge-lab /logs/app.log',
  ).action(async (path: string, local: string | undefined, options: WebttyFsDownloadOptions) =>
    (await import('../run/webtty-fs-download.ts')).run(io, { path, local }, options),
  )
