/** Owns the words of `towline exec-server`. */
import { type Build, command, examples } from '../command.ts'
import type { ExecServerOptions } from '../run/exec-server.ts'
import { execServerBridge } from './exec-server-bridge.ts'

export const execServer: Build = (io) =>
  examples(
    command('exec-server', 'Serve commands and files of this machine to Codex, on standard input and output')
      .option('--listen <address>', 'serve WebSockets on this IP:PORT of this machine, or on unix:/path')
      .option('--token-file <file>', 'what clients of a port must send; one is made and printed otherwise')
      .option('-w, --cwd <folder>', 'the folder that clients are told; the current one otherwise')
      .addCommand(execServerBridge(io)),
    'towline exec-server --listen 127.0.0.1:8765',
    'towline exec-server bridge edge-lab',
  ).action(async (options: ExecServerOptions) => (await import('../run/exec-server.ts')).run(io, options))
