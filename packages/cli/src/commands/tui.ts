/** Owns the words of `towline tui`. */
import { type Build, command, examples, serverOptions } from '../command.ts'
import { remoteOptions } from '../remote-options.ts'
import type { TuiOptions } from '../run/tui.ts'
import { tuiFork } from './tui-fork.ts'
import { tuiResume } from './tui-resume.ts'

export const tui: Build = (io) =>
  examples(
    serverOptions(
      remoteOptions(
        command('tui', 'Work with a coding agent at this terminal, here or on any machine').argument(
          '[prompt]',
          'what to say first',
        ),
      ),
    )
      .addCommand(tuiResume(io))
      .addCommand(tuiFork(io)),
    'towline tui --remote tow://devbox',
    'towline tui resume --last --remote wss://devbox.example.com:443 --remote-auth-token-env DEVBOX_TOKEN',
  ).action(async (prompt: string | undefined, options: TuiOptions) =>
    (await import('../run/tui.ts')).run(io, { how: 'start', prompt }, options),
  )
