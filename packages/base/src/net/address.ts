/** Owns how socket addresses are written: IPv4-mapped IPv6 as IPv4. */

/** An address without the IPv4-mapped prefix; empty when unknown. */
export const addressOf = (address: string | undefined): string =>
  address === undefined ? '' : address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address

/** Whether an address is of this machine itself. */
export const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.')

/** `host:port`, with brackets around IPv6. */
export const hostPort = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
