/** Owns the words of `towline webtty identity show`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { IdentityShowOptions } from '../run/webtty-identity-show.ts'

export const webttyIdentityShow: Build = (io) =>
  examples(
    command('show', 'Show what an identity is known by')
      .argument('[name]', '"default" otherwise')
      .option('--name <name>', 'the same as the argument')
      .option('--endpoint-identity', 'print only the public string that others pin')
      .addOption(formatOption()),
    'towline webtty identity show edge-lab --endpoint-identity',
  ).action(async (name: string | undefined, options: IdentityShowOptions) =>
    (await import('../run/webtty-identity-show.ts')).run(io, name, options),
  )
