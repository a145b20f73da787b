/** Owns the work of `towline webtty server`. */
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { createLog } from '@towline/base'
import { serveWebtty, type Transport, type WebttyState } from '@towline/operations'
import { parseLabels, printable, validateName } from '@towline/protocol'
import type { ServerOptions } from '../command.ts'
import { type Io, line } from '../io.ts'
import { safeJson } from '../output/safe-json.ts'
import { AGENT } from '../version.ts'
import { connectionOf } from './connection.ts'

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
  readonly cwd?: string
  readonly transport: Transport
  readonly installService?: boolean
  readonly output: 'text' | 'json'
}

/** Serves until it is told to end, which is success, or the relay ends the tunnel for good, which is an error. */
export const run = async (io: Io, options: WebttyServerOptions): Promise<void> => {
  const { name, label = [], publish, trustedIps, transport, cwd, output } = options
  const print = printerFor(io, output)
  await serveWebtty({
    connection: await connectionOf(io, options),
    ...(name !== undefined && { name: validateName(name) }),
    labels: parseLabels(label),
    publish,
    trustedIps: trustedIps?.split(',').map((network) => network.trim()),
    transport,
    agent: AGENT,
    signal: io.signal,
    onState: print,
    host: { env: io.env, cwd: resolve(cwd ?? homedir()), log: createLog({ level: 'warn', stream: io.stderr }) },
  })
}

const printerFor = (io: Io, output: 'text' | 'json') => {
  let last = ''
  return (state: WebttyState): void => {
    if (state.status === last) return
    last = state.status
    line(io, output === 'json' ? safeJson(jsonOf(state)) : plain(state))
  }
}

const plain = ({ status, tunnel, error }: WebttyState): string =>
  printable(
    [
      status,
      ...(tunnel ? [`tow://${tunnel.name}`] : []),
      ...(tunnel && tunnel.kind === 'http' ? [tunnel.url] : []),
      ...(error ? [error.message] : []),
    ].join('  '),
  )

const jsonOf = ({ status, tunnel, facts, error }: WebttyState): object => ({
  status,
  ...(tunnel && {
    name: tunnel.name,
    url: `tow://${tunnel.name}`,
    public_url: tunnel.kind === 'http' ? tunnel.url : null,
    tunnel_id: tunnel.id,
    labels: tunnel.labels,
  }),
  exec_path: facts.execPath,
  fs_path: facts.fsPath ?? null,
  e2e: facts.e2e,
  ...(error && { error: error.toJSON() }),
})
