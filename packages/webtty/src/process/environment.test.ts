import { describe, expect, it } from 'vitest'
import { LIMITS, type OpenRequest } from '@towline/protocol'
import { verifies } from '@towline/testkit'
import { environmentOf } from './environment.ts'

const SECRETS = {
  TOWLINE_TOKEN: 'x',
  TOWLINE_ANYTHING: 'x',
  GITHUB_TOKEN: 'x',
  aws_secret_access_key: 'x',
  OPENAI_API_KEY: 'x',
  DB_PASSWORD: 'x',
  PGPASSWORD: 'x',
  SSH_AUTH_SOCK: 'x',
  GOOGLE_APPLICATION_CREDENTIALS: 'x',
  DATABASE_URL: 'postgres://me:hidden@db/x',
  HTTPS_PROXY: 'http://me:hidden@proxy:3128',
  NODE_OPTIONS: '--inspect',
  LD_PRELOAD: '/x.so',
  BASH_ENV: '/x',
}
const HARMLESS = {
  PATH: '/opt/bin:/bin',
  LANG: 'C.UTF-8',
  LC_ALL: 'C.UTF-8',
  XDG_RUNTIME_DIR: '/run/user/1',
  EDITOR: 'vi',
  DOCS_URL: 'https://a/b',
}
const user = { name: 'ann', home: '/home/ann', shell: '/bin/zsh' }
const own = { HOME: '/home/ann', USER: 'ann', LOGNAME: 'ann', SHELL: '/bin/zsh' }
const plain = { TERM: 'dumb', NO_COLOR: '1', PAGER: 'cat', GIT_PAGER: 'cat', TOWLINE_EXEC_ID: 'c' }

const of = (request: Partial<OpenRequest>, server: Record<string, string> = { ...SECRETS, ...HARMLESS }) =>
  environmentOf({ request: { kind: 'exec', ...request }, server, user, cookie: 'c', limits: LIMITS })

describe('webtty environment: refuses', () => {
  const names = [
    ...['LD_PRELOAD', 'LD_LIBRARY_PATH', 'LD_AUDIT', 'DYLD_INSERT_LIBRARIES', 'NODE_OPTIONS', 'BASH_ENV', 'ENV'],
    ...['PYTHONSTARTUP', 'PYTHONPATH', 'PERL5OPT', 'RUBYOPT', 'JAVA_TOOL_OPTIONS', 'BASH_FUNC_ls%%', 'IFS', 'PS4'],
    ...['PROMPT_COMMAND', 'SHELLOPTS', 'GLIBC_TUNABLES', 'GCONV_PATH', 'TOWLINE_EXEC_ID', 'TOWLINE_TOKEN'],
  ]
  it.each(names)('%s from a client', (name) => {
    verifies('exec.env')
    expect(() => of({ env: { [name]: 'x' } })).toThrow(expect.objectContaining({ code: 'ENV_REFUSED' }))
  })

  it.each(['', 'A=B', 'A\0'])('the name %j', (name) => {
    expect(() => of({ env: { [name]: 'x' } })).toThrow(expect.objectContaining({ code: 'PROCESS_INVALID' }))
  })
})

describe('webtty environment', () => {
  it('passes on what programs need, and no secret', () => {
    verifies('exec.env')
    const { EDITOR: _, DOCS_URL: __, ...core } = HARMLESS
    expect(of({})).toEqual({ ...own, ...core, ...plain })
  })

  it('passes on everything but secrets where that is asked for', () => {
    expect(of({ envPolicy: 'all' })).toEqual({ ...own, ...HARMLESS, ...plain })
  })

  it('passes on nothing where that is asked for', () => {
    expect(of({ envPolicy: 'none' })).toEqual({ PATH: expect.stringContaining('/usr/bin'), ...plain })
  })

  it('takes what a client sets, secrets of its own and over the defaults', () => {
    expect(of({ env: { API_KEY: 'mine', PAGER: 'less' } })).toMatchObject({ API_KEY: 'mine', PAGER: 'less' })
  })

  it('names the terminal that the client has', () => {
    const env = of({ kind: 'pty', tty: { cols: 1, rows: 1, term: 'screen-256color' } })
    expect([env.TERM, env.NO_COLOR, env.PAGER]).toEqual(['screen-256color', undefined, undefined])
    expect(of({ kind: 'pty' }).TERM).toBe('xterm-256color')
  })
})
