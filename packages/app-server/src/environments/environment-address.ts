/** Owns where an environment is, and which addresses may be given what. */
import type { Secret } from '@towline/base'
import { RpcError } from '../rpc/rpc-error.ts'

/** By URL (`ws:`, `wss:` or `tow:`), or by a program that speaks on its standard input and output. */
export type EnvironmentAddress =
  | {
      readonly kind: 'url'
      readonly url: string
      readonly bearer?: Secret | undefined
      readonly requestId?: string | undefined
    }
  | {
      readonly kind: 'program'
      readonly program: string
      readonly args: readonly string[]
      readonly env: Readonly<Record<string, string>>
      /** An absolute path. */
      readonly cwd: string
    }

const SCHEMES = ['ws:', 'wss:', 'tow:']

/** Throws RpcError, in words that clients know. */
export const checkUrl = ({ url, bearer, requestId }: Extract<EnvironmentAddress, { kind: 'url' }>): void => {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (url === '') throw refused('remote environment requires an exec-server url')
  if (!parsed || !SCHEMES.includes(parsed.protocol)) throw refused(`invalid exec-server URL \`${shownUrl(url)}\``)
  if (!bearer && requestId === undefined) return
  checkHeader('authorization', bearer?.reveal())
  checkHeader('x-request-id', requestId)
  if (parsed.protocol === 'wss:' || (parsed.protocol === 'ws:' && isLoopbackHost(parsed.hostname))) return
  throw refused('exec-server WebSocket headers require wss:// or a loopback destination')
}

const HEADER = /^[\x20-\x7e]*$/

const checkHeader = (name: string, value: string | undefined): void => {
  if (value !== undefined && !HEADER.test(value))
    throw refused(`invalid value for exec-server WebSocket header \`${name}\``)
}

const refused = (problem: string): RpcError => new RpcError('invalidRequest', `exec-server protocol error: ${problem}`)

/** Without what may be a secret. */
const shownUrl = (url: string): string => {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  return parsed ? `${parsed.protocol}//${parsed.host}` : (url.split(/[?#@]/)[0]?.slice(0, 100) ?? '')
}

const isLoopbackHost = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)

const ID = /^[A-Za-z0-9_-]{1,64}$/
const RESERVED = ['local', 'none']

/** Throws RpcError. */
export const checkEnvironmentId = (id: string): void => {
  if (id === '') throw refused('environment id cannot be empty')
  if (RESERVED.includes(id)) throw refused(`environment id \`${id}\` is reserved for EnvironmentManager`)
  if (!ID.test(id))
    throw refused(`environment id \`${id.slice(0, 80)}\` must have 1 to 64 ASCII letters, digits, "-" and "_"`)
}
