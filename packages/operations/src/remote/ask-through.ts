/** Owns asking an exposed service through its tunnel: by its public address with a token of its own, or by a private dial. */
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls, rootCertificates } from 'node:tls'
import { toDuplex } from '@towline/base'
import { AppError, EXPOSE_LABELS, type Exposure, LIMITS, type ServiceAnswer, type Tunnel } from '@towline/protocol'
import { onReset } from '@towline/sdk'
import type { Connection } from '../context/connection.ts'
import { listTunnels } from '../inventory/list-tunnels.ts'
import { mintToken } from '../inventory/mint-token.ts'
import { openDial } from '../tunnel/dial.ts'
import { askHttp, connected, hearService, problemOf, unreached } from './ask-service.ts'

export interface ThroughRequest {
  readonly connection: Connection
  readonly exposure: Exposure
  readonly path: string
  readonly agent: string
  readonly signal: AbortSignal
}

/**
 * What comes. A machine may name any address and tunnel as its own: asked is what the relay knows of it, and a token goes there
 * alone. Rejects with PROTOCOL_ERROR when the relay knows it otherwise, and with FORBIDDEN when a token is needed and the
 * credential may not mint one, or not list tunnels.
 */
export const askThrough = async (request: ThroughRequest): Promise<ServiceAnswer> => {
  await requireKnown(request)
  return await (request.exposure.kind === 'private' ? byDial(request) : byUrl(request))
}

const requireKnown = async ({ connection, exposure, signal }: ThroughRequest): Promise<void> => {
  const { id, tunnelId, name, kind, url } = exposure
  // A credential may see only some fields.
  const tunnels: readonly Partial<Tunnel>[] = await listTunnels(connection, {
    filter: JSON.stringify({ name: { exact: name } }),
    signal,
  })
  const known = tunnels.find((tunnel) => tunnel.id === tunnelId)
  const same = known?.name === name && known.kind === kind && (kind === 'private' || known.url === url)
  if (!same || known.labels?.[EXPOSE_LABELS.id] !== id)
    throw new AppError('PROTOCOL_ERROR', { problem: 'the relay knows no such tunnel of the machine' })
}

const byDial = async ({ connection, exposure, path, agent, signal }: ThroughRequest): Promise<ServiceAnswer> => {
  const { name, protocol } = exposure
  const dial = await openDial({ connection, tunnel: name, agent, signal }).catch((error: unknown) => problemOf(error))
  if (typeof dial === 'string') return unreached(dial)
  try {
    const stream = toDuplex(dial.channel)
    onReset(dial.channel, (error) => stream.destroy(error))
    return await (protocol === 'tcp' ? hearService(stream) : askHttp(stream, { path, host: hostOf(exposure) }))
  } finally {
    await dial.close()
  }
}

/** A private tunnel hands the Host field on, and there is no other name than that of the service. */
const hostOf = ({ host, port }: Exposure): string => `${host.includes(':') ? `[${host}]` : host}:${port}`

const byUrl = async ({ connection, exposure, path, signal }: ThroughRequest): Promise<ServiceAnswer> => {
  const url = new URL(exposure.url)
  const headers = exposure.tokenAuth ? { authorization: `Bearer ${await tokenFor(connection, exposure)}` } : undefined
  const stream = await connectTo(url, { ca: connection.ca, signal }).catch((error: unknown) => problemOf(error))
  if (typeof stream === 'string') return unreached(stream)
  return await (exposure.kind === 'http' ? askHttp(stream, { path, host: url.host, headers }) : hearService(stream))
}

/** Long enough for one request. */
const TOKEN_SECONDS = 60

/** Good for this tunnel alone, as the service itself would see it if the tunnel were not what its machine says. */
const tokenFor = async (connection: Connection, { name }: Exposure): Promise<string> => {
  const { token } = await mintToken(connection, {
    permissions: ['tunnels.connect'],
    ttlSeconds: TOKEN_SECONDS,
    resources: { tunnels: { connect: { name } } },
  })
  return token
}

interface Way {
  readonly ca: string | undefined
  readonly signal: AbortSignal
}

const connectTo = async ({ protocol, hostname, port }: URL, { ca, signal }: Way): Promise<Duplex> => {
  const name = hostname.replace(/^\[|\]$/g, '')
  const secure = protocol === 'https:'
  // RFC 6761 §6.3: names below localhost are this machine, whatever a resolver says.
  const host = /(^|\.)localhost$/.test(name) ? 'localhost' : name
  const where = { host, port: Number(port) || (secure ? 443 : 80), timeout: LIMITS.probeMs, signal }
  if (!secure) return await connected(connect({ ...where, allowHalfOpen: true }), 'connect')
  const trusted = ca === undefined ? {} : { ca: [ca, ...rootCertificates] }
  return await connected(
    connectTls({ ...where, servername: name, ALPNProtocols: ['http/1.1'], ...trusted }),
    'secureConnect',
  )
}
