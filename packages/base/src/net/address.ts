/** Owns how socket addresses are written: IPv4-mapped IPv6 as IPv4. */
import { isIPv4 } from 'node:net'

/** An address without the IPv4-mapped prefix; empty when unknown. */
export const addressOf = (address: string | undefined): string =>
  address === undefined ? '' : address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address

/** Whether an address is of this machine itself. A name is no address, whatever it begins with: `127.0.0.1.example.com`. */
export const isLoopback = (address: string): boolean =>
  address === '::1' || (isIPv4(address) && address.startsWith('127.'))

/** `host:port`, with brackets around IPv6. */
export const hostPort = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
