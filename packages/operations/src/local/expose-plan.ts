/** Owns turning a request to expose a port into what exactly is opened, and as whom. */
import { createHash } from 'node:crypto'
import { AppError, type Labels, type Limits, type TunnelSpec, validateLabels } from '@towline/protocol'
import { type Connection, resolveConnection } from '../context/connection.ts'
import type { Env } from '../context/home.ts'
import { type ForwardOptions, forwardSpec } from '../tunnel/forward-spec.ts'
import { parseTarget, type Target } from '../tunnel/target.ts'
import type { ExposeRequest, LocalProtocol } from './local-tunnel.ts'

export interface ExposePlan {
  /** The caller's. */
  readonly id?: string
  readonly target: Target
  readonly spec: TunnelSpec
  readonly connection: Connection
  readonly ttlSeconds?: number
  /** The same for the same request to the same server and project. */
  readonly fingerprint: string
}

/**
 * Throws what is wrong with the request, before anything is there: TARGET_INVALID, NAME_INVALID, NAME_RESERVED, LABEL_INVALID,
 * OPTION_INVALID; and CONTEXT_MISSING, CONFIG_INVALID, TOKEN_ELSEWHERE.
 */
export const planExpose = async (request: ExposeRequest, env: Env, limits: Limits): Promise<ExposePlan> => {
  const { id, context, project, ttlSeconds } = request
  const target = targetOf(request)
  const labels = validateLabels(request.labels ?? {}, limits)
  const spec = forwardSpec(optionsOf(request, labels), target)
  if (ttlSeconds !== undefined && ttlSeconds > limits.localTtlSeconds) throw tooLong(ttlSeconds, limits)
  const connection = await resolveConnection(env, { context, project })
  const { url, project: slug, context: from } = connection
  const whole = [spec, sorted(labels), target.host, target.port, target.secure, ttlSeconds, url, slug, from]
  return {
    ...(id !== undefined && { id }),
    ...(ttlSeconds !== undefined && { ttlSeconds }),
    ...{ target, spec, connection },
    fingerprint: createHash('sha256').update(JSON.stringify(whole)).digest('hex'),
  }
}

const targetOf = ({ host = 'localhost', port, protocol }: ExposeRequest): Target => {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`
  return parseTarget(protocol === 'https' ? `https://${authority}` : authority)
}

/** What the words of `forward` would be. */
const KINDS: Readonly<Record<LocalProtocol, ForwardOptions>> = {
  http: {},
  https: {},
  h2c: { httpVersion: 'h2c' },
  tcp: { tcp: true },
  tls: { tls: true },
}

const optionsOf = (request: ExposeRequest, labels: Labels): ForwardOptions => ({
  ...(request.publish === false ? { publish: false } : KINDS[request.protocol ?? 'http']),
  name: request.name,
  label: Object.entries(labels).map(([key, value]) => `${key}=${value}`),
  tokenAuth: request.tokenAuth,
  trustedIps: request.trustedIps?.length ? request.trustedIps.join(',') : undefined,
  hostHeader: request.hostHeader,
  port: request.publicPort === undefined ? undefined : String(request.publicPort),
  tlsMode: request.tlsMode,
  surface: request.surface,
})

const sorted = (labels: Labels): readonly (readonly [string, string])[] =>
  Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))

const tooLong = (ttlSeconds: number, { localTtlSeconds }: Limits): AppError =>
  new AppError('OPTION_INVALID', {
    option: 'ttlSeconds',
    value: String(ttlSeconds),
    problem: `it is at most ${localTtlSeconds}`,
  })
