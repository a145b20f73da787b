/** Owns the words of `towline exec-server bridge`. */
import { type Build, command, examples, serverOptions } from '../command.ts'
import type { ExecServerBridgeOptions } from '../run/exec-server-bridge.ts'

export const execServerBridge: Build = (io) =>
  examples(
    serverOptions(
      command(
        'bridge',
        'Serve commands and files of another machine to Codex; nothing but its WebTTY server is needed there',
      )
        .argument('<machine>', 'its name, or tow://name, or the address of its server')
        .option(
          '--client-identity <name>',
          'identity to prove to an end-to-end encrypted server, instead of the pinned one',
        )
        .option('-w, --cwd <folder>', 'the folder there that Codex is told'),
    ),
    'towline exec-server bridge edge-lab',
  ).action(async (machine: string, options: ExecServerBridgeOptions) =>
    (await import('../run/exec-server-bridge.ts')).run(io, machine, options),
  )
