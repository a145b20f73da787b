/** Owns what a tunnel leads to, and reading it from the short forms people write. */
import { AppError, shown } from '@towline/protocol'

/** A service that this machine can reach. */
export interface Target {
  /** Name or IP address, without brackets. */
  readonly host: string
  readonly port: number
  /** The service speaks TLS. Its certificate is verified unless the service is on this machine or `insecure`. */
  readonly tls?: boolean
  readonly insecure?: boolean
  /** What the certificate must be for, where `host` is an address that was looked up before. */
  readonly servername?: string
}

const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|::1)$/

/** Whether the target is this machine. */
export const isLocal = ({ host }: Target): boolean => LOOPBACK.test(host)

/** Reads a port, `port`, `host:port`, or an http:// or https:// URL. Throws TARGET_INVALID. */
export const readTarget = (target: number | string | Target): Target => {
  if (typeof target === 'object') return checked(target, target.host)
  const text = String(target)
  const tls = /^https:\/\//i.test(text)
  const url = parse(/^https?:\/\//i.test(text) ? text : `http://${/^\d+$/.test(text) ? `localhost:${text}` : text}`)
  if (!url || url.username !== '' || url.pathname !== '/' || url.search !== '') throw invalid(text)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const implied = tls ? 443 : /^http:/i.test(text) ? 80 : portIn(text)
  return checked({ host, port: Number(url.port) || implied, ...(tls && { tls }) }, text)
}

/** Port 80 is what URLs leave away. */
const portIn = (text: string): number => Number(/(?:^|:)(\d{1,5})$/.exec(text)?.[1] ?? 0)

const checked = (target: Target, text: string): Target => {
  const { host, port } = target
  if (host !== '' && Number.isInteger(port) && port >= 1 && port <= 65_535) return target
  throw invalid(text)
}

const invalid = (text: string): AppError =>
  new AppError('TARGET_INVALID', {
    target: shown(text.replace(/[^/]*@/, '***@')),
    problem: 'it is not a port, host:port or URL',
  })

const parse = (text: string): URL | undefined => {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}
