/** Owns the words of `towline policy show`. */
import { type Build, command, formatOption } from '../command.ts'
import type { PolicyShowOptions } from '../run/policy-show.ts'

export const policyShow: Build = (io) =>
  command('show', 'Show what agents may do here: the rules in order, then the defaults')
    .addOption(formatOption())
    .action(async (options: PolicyShowOptions) => (await import('../run/policy-show.ts')).run(io, options))
