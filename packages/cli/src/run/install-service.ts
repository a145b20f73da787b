/** Owns `webtty server --install-service`: the same command as a systemd user unit, enabled and started. */
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { systemdUnit, unitName } from '@towline/operations'
import { AppError, validateName } from '@towline/protocol'
import { type Io, line } from '../io.ts'
import { styleFor } from '../output/style.ts'
import { connectionOf } from './connection.ts'
import type { WebttyServerOptions } from './webtty-server.ts'

/** Secrets cannot go into a unit, which others may read: the context's file holds them. */
const SECRETS = ['TOWLINE_TOKEN', 'TOWLINE_WEBTTY_TOKEN'] as const
/** What says where the state is; it holds no secret. */
const PASSED = [
  'TOWLINE_HOME',
  'XDG_DATA_HOME',
  'TOWLINE_CONTEXT',
  'TOWLINE_PROJECT',
  'TOWLINE_CA_FILE',
  'TOWLINE_URL',
  'TOWLINE_TOKEN_FILE',
] as const

export const installService = async (io: Io, options: WebttyServerOptions): Promise<void> => {
  const { env } = io
  if (options.name === undefined)
    throw new AppError('USAGE', { problem: 'A service needs --name, so that it is found again.' })
  const name = validateName(options.name)
  const secret = SECRETS.find((key) => env[key])
  if (secret)
    throw new AppError('USAGE', {
      problem: `${secret} cannot be kept in a unit: log in first, or name its file with ${secret}_FILE.`,
    })
  if (options.listen === undefined) await connectionOf(io, options)
  const folder = join(env['XDG_CONFIG_HOME'] || join(env['HOME'] ?? homedir(), '.config'), 'systemd', 'user')
  const file = join(folder, unitName(name))
  const unit = systemdUnit({ name, argv: argvOf(options), cwd: process.cwd(), env: passed(env) })
  await mkdir(folder, { recursive: true })
  await writeFile(file, unit, { mode: 0o644 })
  line(io, `${styleFor(io, 'stdout').green('written')} ${file}`)
  await systemctl('daemon-reload')
  await systemctl('enable', '--now', unitName(name))
  line(io, `${styleFor(io, 'stdout').green('started')} systemctl --user status ${unitName(name)}`)
}

const passed = (env: Io['env']): Readonly<Record<string, string>> =>
  Object.fromEntries(PASSED.flatMap((key) => (env[key] ? [[key, env[key]]] : [])))

/** The words of this command again, with absolute paths. */
const argvOf = (options: WebttyServerOptions): readonly string[] => {
  const {
    name,
    label = [],
    publish,
    trustedIps,
    listen,
    tokenFile,
    fsRoot,
    fsReadOnly,
    identity,
    expose,
    exposeHosts,
    cwd,
    transport,
  } = options
  const { context, project, caFile } = options
  const path = (value: string | undefined): string | undefined => (value === undefined ? undefined : resolve(value))
  const values: readonly (readonly [string, string | undefined])[] = [
    ['--name', name],
    ...label.map((each) => ['--label', each] as const),
    ['--trusted-ips', trustedIps],
    ['--listen', listen],
    ['--token-file', path(tokenFile)],
    ['--fs-root', path(fsRoot)],
    ['--identity', identity],
    ['--expose-hosts', exposeHosts],
    ['--cwd', path(cwd)],
    ['--transport', transport],
    ['--context', context],
    ['--project', project],
    ['--ca-file', path(caFile)],
  ]
  return [
    process.execPath,
    resolve(process.argv[1] ?? 'towline'),
    'webtty',
    'server',
    ...values.flatMap(([flag, value]) => (value === undefined ? [] : [flag, value])),
    ...(publish ? [] : ['--no-publish']),
    ...(expose ? [] : ['--no-expose']),
    ...(fsReadOnly ? ['--fs-read-only'] : []),
    '--output',
    'json',
  ]
}

const systemctl = async (...words: readonly string[]): Promise<void> => {
  try {
    await promisify(execFile)('systemctl', ['--user', ...words])
  } catch (error) {
    const { code, stderr = '' } = error as NodeJS.ErrnoException & { readonly stderr?: string }
    const problem = code === 'ENOENT' ? 'systemctl is not there' : (stderr.trim().split('\n')[0] ?? '') || String(code)
    throw new AppError('SERVICE_FAILED', { command: `systemctl --user ${words.join(' ')}`, problem })
  }
}
