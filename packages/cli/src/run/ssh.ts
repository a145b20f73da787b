/** Owns the work of `towline ssh`: the terminal of an agent on another machine, or its app-server for other clients. */
import { LineWire, joinWires } from '@towline/app-server'
import { listSshHosts, type SshHost } from '@towline/operations'
import { AppError, shown } from '@towline/protocol'
import type { Io } from '../io.ts'
import { type Column, type Format, printList } from '../output/printers.ts'
import { appServerLink, type RemoteOptions, type SshOptions } from './app-server-link.ts'

export interface SshCommandOptions {
  readonly list?: boolean
  readonly last?: boolean
  readonly cd?: string
  readonly model?: string
  readonly sandbox?: string
  readonly program?: string
  readonly config?: string
  readonly keepAlive?: string
  readonly stdio?: boolean
  readonly forward?: string
  readonly tokenFile?: string
  readonly output: Format
}

export interface SshWords {
  readonly host?: string | undefined
  readonly prompt?: string | undefined
}

export const run = async (io: Io, { host, prompt }: SshWords, options: SshCommandOptions): Promise<void> => {
  if (options.list) return await list(io, options)
  if (host === undefined)
    throw new AppError('USAGE', {
      problem: 'Which machine? "towline ssh --list" shows those of your SSH configuration.',
    })
  const remote = { remote: host.startsWith('ssh://') ? host : `ssh://${host}`, ssh: sshOptions(options) }
  if (options.stdio) return await speak(io, remote)
  if (options.forward !== undefined) return await forward(io, remote, options)
  if (options.tokenFile !== undefined) throw new AppError('USAGE', { problem: '--token-file belongs to --forward.' })
  const { cd, model, sandbox, last } = options
  const start = last ? ({ how: 'resume' } as const) : ({ how: 'start', prompt } as const)
  const { run: runTui } = await import('./tui.ts')
  await runTui(io, start, {
    ...remote,
    ...(cd !== undefined && { cd }),
    ...(model !== undefined && { model }),
    ...(sandbox !== undefined && { sandbox }),
    ...(last && { last }),
  })
}

const COLUMNS: readonly Column<SshHost>[] = [
  { title: 'HOST', of: ({ host }) => host },
  { title: 'ADDRESS', of: ({ hostName }) => hostName },
  { title: 'USER', of: ({ user }) => user },
]

const list = async (io: Io, { config, output }: SshCommandOptions): Promise<void> =>
  printList({ io, format: output, columns: COLUMNS }, await listSshHosts(config))

const MOST_SECONDS = 86_400

const sshOptions = ({ program, config, keepAlive }: SshCommandOptions): SshOptions => ({
  ...(program !== undefined && { program }),
  ...(config !== undefined && { config }),
  ...(keepAlive !== undefined && { keepAlive: secondsOf(keepAlive) }),
})

const secondsOf = (value: string): number => {
  const seconds = Number(value)
  if (/^\d+$/.test(value) && seconds <= MOST_SECONDS) return seconds
  const problem = `write seconds, from 0 to ${MOST_SECONDS}`
  throw new AppError('OPTION_INVALID', { option: '--keep-alive', value: shown(value), problem })
}

/** Ends with standard input, or the connection. */
const speak = async (io: Io, remote: RemoteOptions): Promise<void> => {
  const link = await appServerLink(io, remote)
  const wire = await link.connect(io.signal)
  const own = new LineWire(io.stdin, io.stdout)
  io.signal.addEventListener('abort', () => own.close(), { once: true })
  await joinWires(own, wire)
  io.stdin.destroy()
}

const forward = async (io: Io, remote: RemoteOptions, { forward: listen = '', tokenFile }: SshCommandOptions) => {
  const { forwardAppServer } = await import('../server/app-server/forward-app-server.ts')
  await forwardAppServer(io, { link: () => appServerLink(io, remote), listen, tokenFile })
}
