/** Owns what a command finds in its environment: none of the server's secrets, nothing by which a client could change other programs. */
import { AppError, type Limits, type OpenRequest } from '@towline/protocol'
import type { UserEntry } from './user-entry.ts'
import { withoutSecrets } from './server-secrets.ts'

export type Env = Readonly<Record<string, string | undefined>>

export interface EnvironmentOptions {
  readonly request: Pick<OpenRequest, 'kind' | 'env' | 'envPolicy' | 'tty'>
  /** The server's own. */
  readonly server: Env
  readonly user: UserEntry
  /** By this value what the command leaves behind is found. */
  readonly cookie: string
  readonly limits: Pick<Limits, 'webttyEnvBytes'>
}

/** The variable that marks every process of a command. */
export const COOKIE_NAME = 'TOWLINE_EXEC_ID'

/** What `core` passes on; names that end in `_` are beginnings. */
const CORE = ['HOME', 'USER', 'LOGNAME', 'SHELL', 'PATH', 'LANG', 'LANGUAGE', 'LC_', 'TZ', 'TMPDIR', 'XDG_']

/** Where programs are when nobody says. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Why a client may not set a variable; names that end in `_` are beginnings. */
const REFUSED: ReadonlyArray<readonly [problem: string, ...names: string[]]> = [
  ['it changes which code every program loads.', 'LD_', 'DYLD_', 'GCONV_PATH', 'GLIBC_TUNABLES', 'NIX_LD_'],
  ['it makes an interpreter run other code first.', 'NODE_OPTIONS', 'NODE_PATH', 'NODE_V8_COVERAGE', 'NODE_CHANNEL_'],
  ['it makes an interpreter run other code first.', 'PYTHONSTARTUP', 'PYTHONPATH', 'PYTHONHOME', 'PYTHONINSPECT'],
  [
    'it makes an interpreter run other code first.',
    'PERL5OPT',
    'PERL5LIB',
    'PERL5DB',
    'RUBYOPT',
    'RUBYLIB',
    'JAVA_TOOL_OPTIONS',
    '_JAVA_OPTIONS',
    'JDK_JAVA_OPTIONS',
  ],
  [
    'it makes a shell run other code first.',
    'BASH_ENV',
    'ENV',
    'BASH_FUNC_',
    'SHELLOPTS',
    'BASHOPTS',
    'PROMPT_COMMAND',
    'PS4',
    'IFS',
    'ZDOTDIR',
  ],
  ['it belongs to the server.', 'TOWLINE_'],
]

const matches = (name: string, known: string): boolean =>
  known.endsWith('_') ? name.startsWith(known) : name === known

const refusalOf = (name: string): string | undefined =>
  REFUSED.find(([, ...names]) => names.some((known) => matches(name, known)))?.[0]

/** Says what a command without a terminal is: no colours, no pager, nothing to press. */
const PLAIN = { TERM: 'dumb', NO_COLOR: '1', PAGER: 'cat', GIT_PAGER: 'cat' }

/** The whole environment of a process. Throws ENV_REFUSED, PROCESS_INVALID. */
export const environmentOf = ({
  request,
  server,
  user,
  cookie,
  limits,
}: EnvironmentOptions): Record<string, string> => {
  const asked = checked(request.env ?? {})
  const env = {
    ...defaults(request, user),
    ...inherited(request.envPolicy ?? 'core', server),
    ...(request.kind === 'pty' ? { TERM: request.tty?.term ?? 'xterm-256color' } : PLAIN),
    ...asked,
    [COOKIE_NAME]: cookie,
  }
  const bytes = Object.entries(env).reduce((sum, [name, value]) => sum + Buffer.byteLength(name + value) + 2, 0)
  if (bytes > limits.webttyEnvBytes) throw invalid(`its environment is longer than ${limits.webttyEnvBytes} bytes.`)
  return env
}

const invalid = (problem: string): AppError => new AppError('PROCESS_INVALID', { problem })

const defaults = ({ envPolicy }: EnvironmentOptions['request'], user: UserEntry): Record<string, string> =>
  envPolicy === 'none'
    ? { PATH: DEFAULT_PATH }
    : { PATH: DEFAULT_PATH, HOME: user.home, USER: user.name, LOGNAME: user.name, SHELL: user.shell }

const inherited = (policy: 'core' | 'all' | 'none', server: Env): Record<string, string> => {
  if (policy === 'none') return {}
  const harmless = Object.entries(withoutSecrets(server)).filter(([name]) => refusalOf(name) === undefined)
  if (policy === 'all') return Object.fromEntries(harmless)
  return Object.fromEntries(harmless.filter(([name]) => CORE.some((known) => matches(name, known))))
}

const checked = (env: Readonly<Record<string, string>>): Record<string, string> => {
  for (const [name, value] of Object.entries(env)) {
    if (name === '' || name.includes('=') || `${name}${value}`.includes('\0'))
      throw invalid(`"${name}" cannot be a variable: it is empty, or holds "=" or a zero byte.`)
    const problem = refusalOf(name)
    if (problem !== undefined) throw new AppError('ENV_REFUSED', { name, problem })
  }
  return { ...env }
}
