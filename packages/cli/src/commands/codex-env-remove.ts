/** Owns the words of `towline codex env remove`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { CodexEnvOptions } from '../run/codex-env.ts'

export const codexEnvRemove: Build = (io) =>
  examples(
    command('remove', 'Take a machine out of the environments of Codex')
      .argument('<machine>', 'its name, or what Codex calls it')
      .addOption(formatOption()),
    'towline codex env remove edge-lab',
  ).action(async (machine: string, options: CodexEnvOptions) =>
    (await import('../run/codex-env.ts')).remove(io, machine, options),
  )
