/** Owns the work of `towline local expose`. */
import { type LocalProtocol, parsePort } from '@towline/operations'
import { parseLabels } from '@towline/protocol'
import type { ServerOptions } from '../command.ts'
import type { Io } from '../io.ts'
import { type Format, printOne } from '../output/printers.ts'
import { parseDuration } from './duration.ts'
import { LOCAL_COLUMNS } from './local-columns.ts'
import { supervisorOf } from './supervisor.ts'

export interface LocalExposeOptions extends ServerOptions {
  readonly host?: string
  readonly protocol: LocalProtocol
  readonly name?: string
  readonly publish: boolean
  readonly label?: readonly string[]
  readonly tokenAuth?: boolean
  readonly trustedIps?: string
  readonly ttl?: string
  readonly id?: string
  readonly output: Format
}

/** Ends when the tunnel is online. */
export const run = async (io: Io, port: string, options: LocalExposeOptions): Promise<void> => {
  const { host, protocol, name, publish, label = [], tokenAuth, trustedIps, ttl, id, context, project } = options
  const request = {
    ...{ id, host, protocol, name, publish, tokenAuth, context, project },
    port: parsePort(port, '<port>'),
    labels: parseLabels(label),
    trustedIps: trustedIps?.split(',').map((network) => network.trim()),
    ttlSeconds: ttl === undefined ? undefined : parseDuration(ttl, '--ttl'),
  }
  const tunnel = await supervisorOf(io, options.caFile).exposeLocal(request, { signal: io.signal })
  printOne({ io, format: options.output, columns: LOCAL_COLUMNS }, tunnel)
}
