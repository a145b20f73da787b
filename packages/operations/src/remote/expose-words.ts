/** Owns turning the words of `towline webtty expose` into what a machine is asked. */
import { AppError, type ExposeRequest, parseLabels, validateName } from '@towline/protocol'
import { parseTarget, type Target } from '../tunnel/target.ts'

/** What a person or agent says; absent means the default. */
export interface ExposeWords {
  readonly id?: string | undefined
  readonly name?: string | undefined
  /** `key=value` each. */
  readonly label?: readonly string[] | undefined
  readonly tcp?: boolean | undefined
  /** False makes the tunnel private. */
  readonly publish?: boolean | undefined
  readonly tokenAuth?: boolean | undefined
  /** CIDR networks, joined by commas. */
  readonly trustedIps?: string | undefined
  /** A value, or `rewrite` for the service's own. */
  readonly hostHeader?: string | undefined
  readonly mcpPath?: string | undefined
  readonly ttlMs?: number | undefined
}

const ID = /^[\w-]{1,64}$/

/** `target` is as the machine sees it. Throws TARGET_INVALID, OPTION_INVALID, NAME_INVALID, NAME_RESERVED, LABEL_INVALID. */
export const exposeRequest = (
  target: string,
  words: ExposeWords,
): Omit<ExposeRequest, 'id'> & { readonly id?: string } => {
  const { host, port, secure, authority } = parseTarget(target)
  const { id, name, label, tcp, publish = true, tokenAuth, trustedIps, hostHeader, mcpPath, ttlMs } = words
  if (id !== undefined && !ID.test(id))
    throw new AppError('OPTION_INVALID', { option: '--id', value: id, problem: 'it is 1 to 64 of A-Z a-z 0-9 "_" "-"' })
  return {
    ...{ host, port, publish, protocol: protocolOf(tcp, { secure }) },
    ...(id !== undefined && { id }),
    ...(name !== undefined && { name: validateName(name) }),
    ...(label?.length && { labels: parseLabels(label) }),
    ...(tokenAuth !== undefined && { tokenAuth }),
    ...(trustedIps !== undefined && { trustedIps: trustedIps.split(',').map((network) => network.trim()) }),
    ...(hostHeader !== undefined && { hostHeader: hostHeader === 'rewrite' ? authority : hostHeader }),
    ...(mcpPath !== undefined && { mcpPath }),
    ...(ttlMs !== undefined && { ttlMs }),
  }
}

const protocolOf = (tcp: boolean | undefined, { secure }: Pick<Target, 'secure'>): ExposeRequest['protocol'] => {
  if (tcp && secure) throw new AppError('USAGE', { problem: '--tcp and an https:// URL ask for different protocols.' })
  return tcp ? 'tcp' : secure ? 'https' : 'http'
}
