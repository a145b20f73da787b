/** Owns telling addresses of the public network from those of this machine, this network and special ones (RFC 6890). */
import { BlockList, isIP } from 'node:net'

/** One list a family: in a list of both, every IPv4 address counts as one within IPv6. */
const [SPECIAL4, SPECIAL6] = [new BlockList(), new BlockList()]
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  SPECIAL4.addSubnet(net, prefix, 'ipv4')
for (const [net, prefix] of [
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const)
  SPECIAL6.addSubnet(net, prefix, 'ipv6')

/** An IPv4 address within IPv6 is judged as the former; other embeddings of IPv4 are never public. */
export const isPublicAddress = (address: string): boolean => {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  const bare = mapped ?? address.replace(/%.*$/, '')
  if (isIP(bare) === 4) return !SPECIAL4.check(bare, 'ipv4')
  return isIP(bare) === 6 && !SPECIAL6.check(bare, 'ipv6')
}
