/** Owns which hosts a machine exposes services of: itself, and those that whoever runs it has named; never a metadata address. */
import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { AppError, shown } from '@towline/protocol'

/** See the file's head. */
export interface ServiceHosts {
  /** Whether it is the machine itself, by a name or address that cannot lead elsewhere. */
  isLocal(host: string): boolean
  /**
   * Addresses that may be connected to now, at least one. Names are looked up each time, and refused when one of their addresses is
   * forbidden. Rejects with EXPOSE_HOST_REFUSED.
   */
  addresses(host: string): Promise<readonly string[]>
}

/** Finds the addresses of a name; rejects when there are none. */
export type Lookup = (name: string) => Promise<readonly string[]>

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/

/** Where clouds tell machines their credentials, and what only has a meaning on one link (RFC 3927, RFC 4291 §2.5.6). */
const FORBIDDEN: readonly (readonly [network: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['192.0.0.192', 32],
  ['224.0.0.0', 3],
  ['::', 128],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
  ['fd00:ec2::', 32],
  ['fd20:ce::254', 128],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
]

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

const forbidden = new BlockList()
for (const [network, bits] of FORBIDDEN) forbidden.addSubnet(network, bits, familyOf(network))

/** Whether an address hands out credentials of a machine, or has a meaning on one link only. */
export const isForbiddenAddress = (address: string): boolean =>
  forbidden.check(address.replace(/%.*$/, ''), familyOf(address))

/** `named` are host names and addresses, as a request has to write them. */
export const serviceHosts = (named: readonly string[] = [], find: Lookup = findAll): ServiceHosts => {
  const known = new Set(named.map((name) => name.toLowerCase()))
  const isLocal = (host: string): boolean => LOOPBACK.test(host) && (isIP(host) !== 0 || host === 'localhost')
  const addresses = async (host: string): Promise<readonly string[]> => {
    if (host === 'localhost') return ['127.0.0.1', '::1']
    if (isLocal(host)) return [host]
    if (isIP(host) !== 0) refuseForbidden(host, host)
    if (!known.has(host.toLowerCase())) throw refused(host, 'it is not this machine, and nobody named it there')
    const found = isIP(host) === 0 ? await find(host).catch(() => []) : [host]
    if (found.length === 0) throw refused(host, 'its name leads nowhere')
    for (const address of found) refuseForbidden(host, address)
    return found
  }
  return { isLocal, addresses }
}

const findAll: Lookup = async (name) => (await lookup(name, { all: true })).map(({ address }) => address)

const refuseForbidden = (host: string, address: string): void => {
  if (isForbiddenAddress(address)) throw refused(host, 'it is a link-local, metadata or group address')
}

const refused = (host: string, problem: string): AppError =>
  new AppError('EXPOSE_HOST_REFUSED', { host: shown(host), problem })
