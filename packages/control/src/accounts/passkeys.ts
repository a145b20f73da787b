/** Owns whether passkeys can be had: they belong to a host name, and an address has none. */
import { isIP } from 'node:net'

export const hasPasskeys = (publicUrl: string): boolean =>
  isIP(new URL(publicUrl).hostname.replace(/^\[|\]$/g, '')) === 0
