/** Owns turning the words of `towline forward` into the tunnel that is asked for. */
import {
  AppError,
  type Kind,
  parseLabels,
  SURFACES,
  type Surface,
  type TunnelSpec,
  validateName,
} from '@towline/protocol'
import { parsePort } from '../address.ts'
import type { Target } from './target.ts'

/** What a person or agent says; absent means the default. */
export interface ForwardOptions {
  readonly name?: string | undefined
  /** `key=value` each. */
  readonly label?: readonly string[] | undefined
  readonly tcp?: boolean | undefined
  /** The public port wanted with `tcp`. */
  readonly port?: string | undefined
  readonly tls?: boolean | undefined
  readonly tlsMode?: string | undefined
  /** False makes the tunnel private. */
  readonly publish?: boolean | undefined
  readonly tokenAuth?: boolean | undefined
  /** CIDR networks, joined by commas. */
  readonly trustedIps?: string | undefined
  /** Origins of pages, joined by commas. */
  readonly allowOrigin?: string | undefined
  /** A value, or `rewrite` for the target's own. */
  readonly hostHeader?: string | undefined
  readonly httpVersion?: string | undefined
  readonly surface?: string | undefined
}

/**
 * Throws USAGE, NAME_INVALID, NAME_RESERVED, LABEL_INVALID or OPTION_INVALID. Which option goes with which kind is for the
 * server to say, to every client alike.
 */
export const forwardSpec = (options: ForwardOptions, target: Target): TunnelSpec => {
  const kind = kindOf(options)
  const fields = {
    name: options.name === undefined ? undefined : validateName(options.name),
    labels: options.label?.length ? parseLabels(options.label) : undefined,
    port: options.port === undefined ? undefined : parsePort(options.port),
    tlsMode: oneOf(options.tlsMode, '--tls-mode', TLS_MODES),
    tokenAuth: options.tokenAuth || undefined,
    trustedIps: options.trustedIps?.split(',').map((network) => network.trim()),
    allowOrigins: options.allowOrigin?.split(',').map((origin) => origin.trim()),
    hostHeader: options.hostHeader === 'rewrite' ? target.authority : options.hostHeader,
    httpVersion: oneOf(options.httpVersion, '--http-version', HTTP_VERSIONS),
    surface: oneOf<Surface>(options.surface, '--surface', SURFACES),
  }
  return { kind, ...present(fields) }
}

const TLS_MODES = ['terminated', 'passthrough'] as const
const HTTP_VERSIONS = ['http/1.1', 'h2c'] as const

/** Each of these words decides the kind, so at most one may be given. */
const kindOf = ({ tcp, tls, tlsMode, publish }: ForwardOptions): Kind => {
  const kinds: readonly (readonly [boolean, Kind, string])[] = [
    [tcp === true, 'tcp', '--tcp'],
    [tls === true || tlsMode !== undefined, 'tls', '--tls'],
    [publish === false, 'private', '--no-publish'],
  ]
  const [first, second] = kinds.filter(([given]) => given)
  if (first && second)
    throw new AppError('USAGE', { problem: `${first[2]} and ${second[2]} ask for different kinds of tunnel.` })
  return first?.[1] ?? 'http'
}

const oneOf = <T extends string>(value: string | undefined, option: string, known: readonly T[]): T | undefined => {
  if (value === undefined) return undefined
  const found = known.find((each) => each === value)
  if (found) return found
  throw new AppError('OPTION_INVALID', { option, value, problem: `it is one of ${known.join(', ')}` })
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** Without the keys that hold nothing, as exact optional types want it. */
const present = <T extends object>(fields: T): Present<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>
