/** Owns streams that clients open to tunnels by name: every one is authorized, told to the authority, and joined. */
import { hostPort, type Log } from '@towline/base'
import {
  AppError,
  type Channel,
  type ErrorCode,
  type Principal,
  RESET,
  shown,
  type StreamOpen,
  type Tunnel,
} from '@towline/protocol'
import { refused } from '../access/judge.ts'
import { report, type ReportDeps } from '../access/report.ts'
import { isTrusted } from '../edge/trusted-ips.ts'
import { requestId } from '../edge/request-ids.ts'
import { AtTheDoor, joinTunnel } from '../registry/join.ts'
import type { LiveTunnel } from '../registry/live-tunnel.ts'
import type { Registry } from '../registry/registry.ts'

export interface DialDeps extends ReportDeps {
  readonly registry: Pick<Registry, 'find'>
}

/** Who dials: a link after its welcome. */
export interface Dialer {
  readonly welcomed: boolean
  readonly principal: Principal
  readonly info: { readonly address: string; readonly port?: number }
  readonly log: Pick<Log, 'info' | 'error'>
}

/** What a dialer's own id may look like; another is replaced, for it ends up in logs. */
const REQUEST_ID = /^[A-Za-z0-9_-]{1,64}$/

/** What one open is about; the log and the authority hear it. */
interface Attempt {
  readonly dialer: Dialer
  readonly target: string
  readonly requestId: string
}

/** The RESET that tells a dialer each refusal. */
const RESETS: Partial<Readonly<Record<ErrorCode, number>>> = {
  FORBIDDEN: RESET.forbidden,
  UNAUTHENTICATED: RESET.forbidden,
  IP_REFUSED: RESET.forbidden,
  OUT_OF_BOUNDS: RESET.tunnelUnknown,
  TUNNEL_UNKNOWN: RESET.tunnelUnknown,
  DIAL_PUBLISHED: RESET.published,
  TUNNEL_OFFLINE: RESET.linkLost,
  BUSY: RESET.busy,
}

/** Answers a function that takes a stream a client opened; it is paused, and bytes that came with it are kept. */
export const createDial =
  (deps: DialDeps) =>
  (dialer: Dialer, stream: Channel, { dial, requestId: asked }: StreamOpen): void => {
    if (!dialer.welcomed) return stream.reset(RESET.forbidden)
    if (!dial) return stream.reset(RESET.protocol)
    const attempt = { dialer, target: dial, requestId: asked && REQUEST_ID.test(asked) ? asked : requestId() }
    try {
      const live = authorize(attempt, deps)
      decided(attempt, deps)
      join(stream, live, attempt).catch((error: unknown) => refuse(stream, error, attempt))
    } catch (error) {
      decided(attempt, deps, error)
      refuse(stream, error, attempt)
    }
  }

/** What is not in the dialer's project or boundary does not exist for it; only our log and the authority hear which. */
const authorize = ({ dialer, target }: Attempt, { registry, clock }: DialDeps): LiveTunnel => {
  const { permissions, projectId, expiresAt = Number.POSITIVE_INFINITY } = dialer.principal
  if (expiresAt <= clock() / 1000) throw new AppError('UNAUTHENTICATED')
  if (!permissions.includes('tunnels.connect')) throw new AppError('FORBIDDEN', { permission: 'tunnels.connect' })
  const live = registry.find(projectId, target)
  if (!live) throw new AppError('TUNNEL_UNKNOWN')
  const refusal = refused(dialer.principal, 'connectTunnel', { tunnel: live.tunnel })
  if (refusal) throw refusal
  checkDialed(live.tunnel, dialer)
  return live
}

/**
 * Private tunnels are dialed. So are published control surfaces, for native clients: their visitors need `tunnels.connect` just
 * the same. What the edge checks of an address holds for dialers too.
 */
const checkDialed = (tunnel: Tunnel, { info }: Dialer): void => {
  const { kind, surface, name, url, trustedIps } = tunnel
  if (kind !== 'private' && !(kind === 'http' && surface)) throw new AppError('DIAL_PUBLISHED', { name, url })
  if (!isTrusted(info.address, trustedIps)) throw new AppError('IP_REFUSED')
}

const decided = ({ dialer, requestId, ...attempt }: Attempt, deps: DialDeps, error?: unknown): void => {
  const target = shown(attempt.target)
  report(deps, dialer.principal, { action: 'stream.open', target, requestId, error })
  const decision = error === undefined ? 'allowed' : 'refused'
  const code = error instanceof AppError ? { code: error.code } : {}
  dialer.log.info({ target, requestId, decision, ...code }, 'a tunnel was dialed')
}

/** Waits for a host that is away; the dialer's first bytes wait in the stream's window. */
const join = async (stream: Channel, live: LiveTunnel, { dialer, requestId }: Attempt): Promise<void> => {
  const caller = { from: hostPort(dialer.info.address, dialer.info.port ?? 0), requestId }
  if (live.online) return joinTunnel(stream, live, caller)
  const { signal } = new AtTheDoor(stream)
  const found = await live.whenOnline(signal)
  if (signal.aborted) return
  if (!found) throw new AppError('TUNNEL_OFFLINE')
  checkDialed(found.tunnel, dialer)
  const refusal = refused(dialer.principal, 'connectTunnel', { tunnel: found.tunnel })
  if (refusal) throw refusal
  joinTunnel(stream, found, caller)
}

const refuse = (stream: Channel, error: unknown, { dialer, requestId }: Attempt): void => {
  if (!(error instanceof AppError)) dialer.log.error({ err: error, requestId }, 'a dial met an error of ours')
  stream.reset(error instanceof AppError ? (RESETS[error.code] ?? RESET.cancel) : RESET.cancel)
}
