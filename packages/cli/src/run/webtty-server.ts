/** Owns the work of `towline webtty server`. */
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { createLog } from '@towline/base'
import { listenWebtty, serveWebtty, type Transport, type WebttyState } from '@towline/operations'
import { AppError, type Exposure, parseLabels, printable, type ServerFacts, validateName } from '@towline/protocol'
import type { ServerOptions } from '../command.ts'
import { type Io, line, note } from '../io.ts'
import { safeJson } from '../output/safe-json.ts'
import { webttyPage } from '../server/webtty-page.ts'
import { AGENT } from '../version.ts'
import { clientToken } from './client-token.ts'
import { connectionOf } from './connection.ts'
import { installService } from './install-service.ts'
import { programWords } from './program-words.ts'

export interface WebttyServerOptions extends ServerOptions {
  readonly name?: string
  readonly label?: readonly string[]
  readonly publish: boolean
  readonly trustedIps?: string
  readonly listen?: string
  readonly tokenFile?: string
  readonly fsRoot?: string
  readonly fsReadOnly?: boolean
  readonly identity?: string
  readonly expose: boolean
  readonly exposeHosts?: string
  readonly cwd?: string
  readonly transport: Transport
  readonly installService?: boolean
  readonly output: 'text' | 'json'
}

/** Serves until it is told to end, which is success, or the relay ends the tunnel for good, which is an error. */
export const run = async (io: Io, options: WebttyServerOptions): Promise<void> => {
  if (options.fsReadOnly && options.fsRoot === undefined)
    throw new AppError('USAGE', { problem: '--fs-read-only is about the files of --fs-root, which is missing.' })
  exposeOf(options)
  if (options.installService) return await installService(io, options)
  return options.listen === undefined ? await relayed(io, options) : await local(io, options, options.listen)
}

const relayed = async (io: Io, options: WebttyServerOptions): Promise<void> => {
  const { name, label = [], publish, trustedIps, transport } = options
  const spec = {
    ...(name !== undefined && { name: validateName(name) }),
    labels: parseLabels(label),
    publish,
    trustedIps: trustedIps?.split(',').map((network) => network.trim()),
  }
  await serveWebtty({
    ...spec,
    connection: await connectionOf(io, options),
    transport,
    agent: AGENT,
    signal: io.signal,
    onState: printerFor(io, options.output),
    expose: exposeOf(options),
    onExposure: (exposure) => note(io, printable(exposureNote(exposure))),
    host: await hostOptions(io, options),
  })
}

const exposeOf = ({ expose, exposeHosts = '' }: WebttyServerOptions): false | { readonly hosts: readonly string[] } => {
  const hosts = exposeHosts.split(',').flatMap((host) => host.trim() || [])
  if (expose) return { hosts }
  if (hosts.length === 0) return false
  throw new AppError('USAGE', { problem: '--no-expose and --expose-hosts contradict each other.' })
}

/** Whoever runs the machine sees what others made of it. */
const exposureNote = ({ id, status, host, port, url, reason }: Exposure): string =>
  `${status === 'online' ? 'exposed' : status}  ${host}:${port}  ${url}  ${id}${reason === undefined ? '' : `  ${reason}`}`

const local = async (io: Io, options: WebttyServerOptions, listen: string): Promise<void> => {
  const { tokenFile, output } = options
  const token = await clientToken(tokenFile)
  await listenWebtty({
    listen,
    token,
    host: await hostOptions(io, options),
    signal: io.signal,
    onListening: ({ url, token: made, host }) => {
      if (host.notice) note(io, host.notice)
      const facts = { status: 'online', url, ...shown(host.facts) }
      if (output === 'json') return line(io, safeJson({ ...facts, ...(made && { token: made.reveal() }) }))
      line(io, `online  ${url}`)
      if (made) line(io, `token   ${made.reveal()}`)
    },
  })
}

const hostOptions = async (io: Io, { cwd, fsRoot, fsReadOnly, identity }: WebttyServerOptions) => ({
  env: io.env,
  cwd: resolve(cwd ?? homedir()),
  log: createLog({ level: 'warn', stream: io.stderr }),
  fsRoot: fsRoot === undefined ? undefined : resolve(fsRoot),
  fsReadOnly,
  identity,
  page: await webttyPage(),
  program: programWords(),
})

const printerFor = (io: Io, output: 'text' | 'json') => {
  let last = ''
  return (state: WebttyState): void => {
    if (state.status === last) return
    if (last === '' && state.notice) note(io, state.notice)
    last = state.status
    line(io, output === 'json' ? safeJson(jsonOf(state)) : plain(state))
  }
}

const plain = ({ status, tunnel, error, fingerprint }: WebttyState): string =>
  printable(
    [
      status,
      ...(tunnel ? [`tow://${tunnel.name}`] : []),
      ...(tunnel && tunnel.kind === 'http' ? [tunnel.url] : []),
      ...(tunnel && fingerprint !== undefined ? [fingerprint] : []),
      ...(error ? [error.message] : []),
    ].join('  '),
  )

const jsonOf = ({ status, tunnel, facts, error, fingerprint }: WebttyState): object => ({
  status,
  ...(tunnel && {
    name: tunnel.name,
    url: `tow://${tunnel.name}`,
    public_url: tunnel.kind === 'http' ? tunnel.url : null,
    tunnel_id: tunnel.id,
    labels: tunnel.labels,
  }),
  ...shown(facts),
  ...(fingerprint !== undefined && { fingerprint }),
  ...(error && { error: error.toJSON() }),
})

const shown = ({ execPath, fsPath, fsMode, e2e }: ServerFacts): object => ({
  exec_path: execPath,
  fs_path: fsPath ?? null,
  fs_mode: fsMode ?? null,
  e2e,
})
