/** Owns turning what a client asks a machine to expose into a tunnel and a target: refusals first, with nothing opened. */
import { hostPort } from '@towline/base'
import {
  AppError,
  EXPOSE_LABELS,
  exposeLabels,
  type ExposeRequest,
  type Labels,
  type Limits,
  mcpLabels,
  shown,
  type TunnelSpec,
  validateLabels,
  validateName,
  WEBTTY_LABEL,
} from '@towline/protocol'
import type { Service } from './serve-service.ts'

/** What is opened, and where it leads. */
export interface ExposurePlan {
  readonly service: Service
  readonly spec: TunnelSpec
}

/** Who asks whom. */
export interface PlanOptions {
  /** Name of the server that opens it. */
  readonly machine: string
  /** Names that tunnels of this server have already. */
  readonly taken: ReadonlySet<string>
  readonly limits: Limits
}

/** Throws OPTION_INVALID, NAME_INVALID, NAME_RESERVED, LABEL_INVALID. Which option goes with which kind is for the relay to say. */
export const planExposure = (request: ExposeRequest, { machine, taken, limits }: PlanOptions): ExposurePlan => {
  const { id, host = 'localhost', port, protocol, publish, mcpPath, ttlMs = 0 } = request
  if (ttlMs > limits.exposureTtlMs) throw wrong('--ttl', `${ttlMs} ms`, `at most ${limits.exposureTtlMs} ms`)
  if (mcpPath !== undefined) refusePath(request, mcpPath)
  const name = request.name === undefined ? undefined : freeName(request.name, taken)
  const tokenAuth = request.tokenAuth ?? (publish && mcpPath !== undefined)
  const labels = {
    ...ownKeys(request.labels ?? {}),
    ...(mcpPath !== undefined && mcpLabels(mcpPath)),
    ...exposeLabels({ id, machine, target: hostPort(host, port) }),
  }
  return {
    service: { host, port, tls: protocol === 'https' },
    spec: {
      kind: publish ? (protocol === 'tcp' ? 'tcp' : 'http') : 'private',
      labels: validateLabels(labels, limits),
      ...(name !== undefined && { name }),
      ...(mcpPath !== undefined && { surface: 'mcp' }),
      ...(tokenAuth && { tokenAuth }),
      ...(request.trustedIps?.length && { trustedIps: request.trustedIps }),
      ...(request.hostHeader !== undefined && { hostHeader: request.hostHeader }),
    },
  }
}

const MCP_PATH = /^\/[\x21-\x7e]{0,255}$/

const refusePath = ({ protocol }: ExposeRequest, path: string): void => {
  if (protocol === 'tcp') throw wrong('--mcp-path', path, 'MCP is spoken over HTTP, not over plain TCP')
  if (!MCP_PATH.test(path)) throw wrong('--mcp-path', path, 'it is a path such as /mcp')
}

/** The newest opener of a name keeps it, so one of our own would be pushed out, the server itself among them. */
const freeName = (name: string, taken: ReadonlySet<string>): string => {
  if (!taken.has(validateName(name))) return name
  throw wrong('--name', name, 'this machine itself serves a tunnel of that name')
}

const FORGED = [WEBTTY_LABEL, EXPOSE_LABELS.id.replace(/id$/, '')]

/** What the server tells of itself and of its tunnels is its own to tell. */
const ownKeys = (labels: Labels): Labels => {
  const forged = Object.keys(labels).find((key) => FORGED.some((prefix) => key.startsWith(prefix)))
  if (forged === undefined) return labels
  throw new AppError('LABEL_INVALID', { label: shown(forged), problem: 'the server itself tells this' })
}

const wrong = (option: string, value: string, problem: string): AppError =>
  new AppError('OPTION_INVALID', { option, value: shown(value), problem })
