/** Owns the words of `towline policy test`. */
import { type Build, collect, command, examples, formatOption } from '../command.ts'
import type { PolicyTestOptions } from '../run/policy-test.ts'

export const policyTest: Build = (io) =>
  examples(
    command('test', 'Say what the policy decides about a call, without making it')
      .argument('<tool>', 'name of a tool')
      .option('--args <json>', 'its arguments', '{}')
      .option('--target <name>', 'what it is about, where the arguments do not tell')
      .option('--label <key=value>', 'a label of that; without any nobody knows it', collect)
      .option('--risk <risk>', 'for tools whose risk depends on their arguments')
      .option('--file <file>', 'another file than the one that holds')
      .addOption(formatOption())
      .action(async (tool: string, options: PolicyTestOptions) =>
        (await import('../run/policy-test.ts')).run(io, tool, options),
      ),
    `towline policy test towline_runtime_status --args '{}'`,
  )
