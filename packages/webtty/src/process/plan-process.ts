/** Owns turning what a client asked for into what is started: every refusal is said here, before anything runs. */
import { AppError, type Limits, type OpenRequest } from '@towline/protocol'
import type { ChildSpec } from './child-types.ts'
import { type Env, environmentOf } from './environment.ts'
import { findCommand } from './find-command.ts'
import { terminalSize } from './terminal-size.ts'
import type { UserEntry } from './user-entry.ts'
import { workingFolder } from './working-folder.ts'

export interface PlanOptions {
  readonly request: OpenRequest
  readonly server: Env
  readonly user: UserEntry
  readonly cookie: string
  readonly limits: Pick<Limits, 'webttyEnvBytes' | 'webttyArgvBytes' | 'webttyTtyCells'>
}

const DEFAULT_SIZE = { cols: 80, rows: 24 }

/** Throws PROCESS_INVALID, ENV_REFUSED, FOLDER_… and COMMAND_…. */
export const planProcess = ({ request, server, user, cookie, limits }: PlanOptions): ChildSpec => {
  const argv = argvOf(request, user)
  checkArgv(argv, limits.webttyArgvBytes)
  const env = environmentOf({ request, server, user, cookie, limits })
  const cwd = workingFolder(request.cwd, user.home)
  const file = findCommand(argv[0] as string, { path: env.PATH ?? '', cwd })
  const base = { file, argv, cwd, env: { ...env, PWD: cwd } }
  if (request.kind === 'pty') return { ...base, stdin: 'pipe', tty: terminalSize(request.tty ?? DEFAULT_SIZE, limits) }
  return { ...base, stdin: request.stdin ?? 'none' }
}

const invalid = (problem: string): AppError => new AppError('PROCESS_INVALID', { problem })

/** The login shell is asked by -l: its name cannot begin with "-", as login(1) has it, where another program starts it. */
const argvOf = ({ kind, argv, shell }: OpenRequest, user: UserEntry): readonly string[] => {
  if (argv !== undefined && shell !== undefined) throw invalid('it has both argv and shell.')
  if (argv !== undefined && argv.length === 0) throw invalid('its argv is empty.')
  if (argv !== undefined) return argv
  if (shell !== undefined) return ['/bin/sh', '-lc', shell]
  if (kind === 'exec') throw invalid('it has neither argv nor shell.')
  return [user.shell, '-l']
}

const checkArgv = (argv: readonly string[], bytesMax: number): void => {
  if (argv.some((argument) => argument.includes('\0'))) throw invalid('an argument holds a zero byte.')
  const bytes = argv.reduce((sum, argument) => sum + Buffer.byteLength(argument) + 1, 0)
  if (bytes > bytesMax) throw invalid(`its arguments are longer than ${bytesMax} bytes.`)
}
