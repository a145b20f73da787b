/** Owns the words of `towline codex env add`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { CodexEnvAddOptions } from '../run/codex-env.ts'

export const codexEnvAdd: Build = (io) =>
  examples(
    command('add', 'Let Codex run its commands on a machine; nothing but its WebTTY server is needed there')
      .argument('<machine>', 'its name, or tow://name, or the address of its server')
      .option('--id <id>', 'what Codex calls it, instead of the name of the machine')
      .option('--default', 'Codex uses it unless told otherwise')
      .option('-w, --cwd <folder>', 'the folder there that Codex is told')
      .option('--context <name>', 'the context by which the machine is reached, instead of the current one')
      .addOption(formatOption()),
    'towline codex env add edge-lab',
    'towline codex env add edge-lab --default',
  ).action(async (machine: string, options: CodexEnvAddOptions) =>
    (await import('../run/codex-env.ts')).add(io, machine, options),
  )
