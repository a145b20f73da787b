/** Owns the words of `towline codex env list`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { CodexEnvOptions } from '../run/codex-env.ts'

export const codexEnvList: Build = (io) =>
  examples(
    command('list', 'List the environments of Codex').alias('ls').addOption(formatOption()),
    'towline codex env list',
  ).action(async (options: CodexEnvOptions) => (await import('../run/codex-env.ts')).list(io, options))
