/** Owns reading `IP:PORT` of addresses to listen on. */
import { isIP } from 'node:net'
import { AppError } from '@towline/protocol'

export interface ListenAddress {
  /** An IP address without brackets. */
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
}

/** Reads `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, `:8080` or `8080` (both on 127.0.0.1). Throws OPTION_INVALID. */
export const parseListen = (text: string, option = '--listen'): ListenAddress => {
  const [, host = '', digits = ''] = /^(?:(.*):)?(\d{1,5})$/.exec(text) ?? []
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
  const address = bare === '' || bare === 'localhost' ? '127.0.0.1' : bare
  const port = Number(digits)
  const fail = (problem: string): AppError => new AppError('OPTION_INVALID', { option, value: text, problem })
  if (digits === '') throw fail('write it as IP:PORT, such as 127.0.0.1:8080')
  if (port > 65_535) throw fail('a port is at most 65535')
  if (!isIP(address)) throw fail('the part before the port is not an IP address')
  if (address.includes(':') && !host.startsWith('[')) throw fail('write IPv6 addresses in brackets, such as [::1]:8080')
  return { host: address, port }
}

/** Reads a port to listen on. Throws OPTION_INVALID. */
export const parsePort = (text: string, option = '--port'): number => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port >= 1 && port <= 65_535) return port
  throw new AppError('OPTION_INVALID', { option, value: text, problem: 'a port is a number from 1 to 65535' })
}
