/** Owns the words of `towline policy check`. */
import { type Build, command, examples } from '../command.ts'

export const policyCheck: Build = (io) =>
  examples(
    command('check', 'Check the policy file: every key, and whether each rule can match at all')
      .argument('[file]', 'another file than the one that holds')
      .action(async (file: string | undefined) => (await import('../run/policy-check.ts')).run(io, file)),
    'towline policy check',
  )
