/** Owns the words of `towline webtty verify`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { WebttyVerifyOptions } from '../run/webtty-verify.ts'
import { webttyOptions } from '../webtty-options.ts'

export const webttyVerify: Build = (io) =>
  examples(
    webttyOptions(
      command('verify', 'Compare what an exposed service answers on its machine and through its tunnel')
        .argument('<id>', 'as "webtty exposed" shows it')
        .option('--path <path>', 'path to ask for; / or the one of the MCP server otherwise')
        .addOption(formatOption()),
    ),
    'towline webtty verify --url tow://edge-lab exp_0123456789abcdef --path /health',
  ).action(async (id: string, options: WebttyVerifyOptions) =>
    (await import('../run/webtty-verify.ts')).run(io, id, options),
  )
