/** Owns the work of `towline up`. */
import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { createLog, isLoopback, type LogLevel } from '@towline/base'
import { readConfig, type ServerConfig } from '@towline/control'
import { dataDir, homeDir, parseListen } from '@towline/operations'
import { AppError, LIMITS, validateSlug } from '@towline/protocol'
import { type Io, line, note } from '../io.ts'
import { safeJson } from '../output/safe-json.ts'
import { styleFor } from '../output/style.ts'
import { openServer, type Server, type ServerOptions } from '../server/open-server.ts'
import { aborted, within } from './waiting.ts'

export interface UpOptions {
  readonly data?: string
  readonly listen: string
  readonly domain: string
  readonly publicUrl?: string
  readonly project: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly config?: string
  readonly output: 'text' | 'json'
}

/** Serves until it is told to end; that is success. */
export const run = async (io: Io, options: UpOptions): Promise<void> => {
  const settings = { ...serverOptions(io, options), config: await configOf(io, options) }
  warnOpen(io, settings)
  const server = await openServer(settings)
  try {
    tellReady(io, options, server)
    await aborted(io.signal)
  } finally {
    await within(server.close(), LIMITS.cliDrainMs)
  }
}

const serverOptions = (io: Io, options: UpOptions): ServerOptions => ({
  env: io.env,
  log: createLog({ level: levelOf(io), stream: io.stderr }),
  dir: options.data ?? dataDir(io.env),
  database: databaseOf(io),
  listen: parseListen(options.listen),
  domain: domainOf(options.domain),
  publicUrl: options.publicUrl === undefined ? undefined : publicUrlOf(options.publicUrl),
  project: validateSlug(options.project),
  tls: tlsOf(options),
  signal: io.signal,
})

const configOf = async ({ env }: Io, { config: file }: UpOptions): Promise<ServerConfig> =>
  file === undefined ? {} : await readConfig({ file, env })

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent']

/** `TOWLINE_LOG`, else what matters: a person sees warnings, a service manager keeps everything. */
export const levelOf = (io: Io): LogLevel => {
  const wanted = io.env['TOWLINE_LOG']
  if (!wanted) return io.isTty.stderr ? 'warn' : 'info'
  const level = LEVELS.find((each) => each === wanted)
  if (level) return level
  throw new AppError('CONFIG_INVALID', {
    key: 'TOWLINE_LOG',
    file: 'the environment',
    problem: `it is one of ${LEVELS.join(', ')}`,
  })
}

/** Not an argument: it holds a password, and the process list is for all to read. */
const databaseOf = ({ env }: Io): string | undefined => {
  const url = env['TOWLINE_DATABASE_URL']
  if (!url) return undefined
  if (URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol)) return url
  const problem = 'it is not a URL such as postgres://user:password@host:5432/name'
  throw new AppError('CONFIG_INVALID', { key: 'TOWLINE_DATABASE_URL', file: 'the environment', problem })
}

const tlsOf = ({ tlsCert, tlsKey }: UpOptions): ServerOptions['tls'] => {
  if (tlsCert !== undefined && tlsKey !== undefined) return { cert: tlsCert, key: tlsKey }
  if (tlsCert === undefined && tlsKey === undefined) return undefined
  throw new AppError('USAGE', { problem: '--tls-cert and --tls-key are given together or not at all.' })
}

const DOMAIN = /^(?=.{1,190}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/

const domainOf = (text: string): string => {
  const domain = text.toLowerCase()
  if (DOMAIN.test(domain) && !isIP(domain)) return domain
  throw new AppError('OPTION_INVALID', { option: '--domain', value: text, problem: 'it is not a DNS name' })
}

const publicUrlOf = (text: string): string => {
  const fail = (problem: string): AppError =>
    new AppError('OPTION_INVALID', { option: '--public-url', value: text, problem })
  if (!URL.canParse(text)) throw fail('it is not a URL')
  const { protocol, origin, pathname, search, hash, username } = new URL(text)
  if (protocol !== 'http:' && protocol !== 'https:') throw fail('write it with http:// or https://')
  if (pathname !== '/' || search !== '' || hash !== '' || username !== '') throw fail('give scheme, host and port only')
  return origin
}

/** Nobody should open a machine to a network without knowing it. */
const warnOpen = (io: Io, { listen, domain, tls }: ServerOptions): void => {
  if (isLoopback(listen.host)) return
  const style = styleFor(io, 'stderr')
  const why = tls
    ? []
    : ['visitors and clients get certificates of a development CA that they do not know; give --tls-cert and --tls-key']
  if (domain === 'localhost') why.push('*.localhost leads other machines to themselves; give --domain')
  for (const reason of why) note(io, `${style.yellow('warning')} listening on ${listen.host}: ${reason}`)
}

const tellReady = (io: Io, options: UpOptions, server: Server): void => {
  const { url: linkUrl, openUrl: url, context, port, setupUrl } = server
  const { name, project, ca } = context
  const caFingerprint = ca === undefined ? undefined : new X509Certificate(ca).fingerprint256
  if (options.output === 'json') {
    const ready = { status: 'ready', url, linkUrl, context: name, project, domain: options.domain, port }
    const more = { ...(setupUrl !== undefined && { setupUrl }), ...(caFingerprint !== undefined && { caFingerprint }) }
    return line(io, safeJson({ ...ready, ...more }))
  }
  const style = styleFor(io, 'stdout')
  const lines = [
    `${style.green('ready')}  ${style.bold(url)}  (context ${name}, project ${project}, state in ${homeDir(io.env)})`,
    ...(setupUrl === undefined
      ? []
      : ['', 'Nobody owns this server yet. Open this link once, within a day, to become its owner:', `  ${setupUrl}`]),
    '',
    'Now, in another terminal:',
    '  towline forward 3000 --name web      publish what listens on port 3000',
    '  towline tunnel list                  see what is published',
    '  towline events                       watch it come and go',
    '',
    ...(caFingerprint === undefined || isLoopback(options.listen.replace(/:\d+$/, ''))
      ? []
      : ['On another machine, this authority is what "towline login" asks about:', `  SHA-256 ${caFingerprint}`, '']),
    style.dim('Ctrl-C ends the server.'),
  ]
  for (const text of lines) line(io, text)
}
