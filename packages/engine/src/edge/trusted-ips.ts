/** Owns whether an address lies in the networks that a tunnel trusts (edge.ip). */
import { type Address, inNetwork, type Network, parseAddress, parseNetwork } from './cidr.ts'
import type { Visitor } from './visitor.ts'

/** Absent or empty networks trust everyone. An address that cannot be read is outside. */
export const isTrusted = (address: string, networks: readonly string[] | undefined): boolean =>
  !networks || networks.length === 0 || within(parseAddress(address), networks)

/** The same of a visitor, whose address is parsed once. */
export const isTrustedVisitor = (visitor: Visitor, networks: readonly string[] | undefined): boolean =>
  !networks || networks.length === 0 || within(addressOf(visitor), networks)

const within = (address: Address | undefined, networks: readonly string[]): boolean =>
  address !== undefined && networksOf(networks).some((network) => inNetwork(address, network))

/** Parsed once a connection and once a list; both objects outlive their use here. */
const addresses = new WeakMap<Visitor, Address | undefined>()
const networkLists = new WeakMap<readonly string[], readonly Network[]>()

const addressOf = (visitor: Visitor): Address | undefined => {
  if (!addresses.has(visitor)) addresses.set(visitor, parseAddress(visitor.address))
  return addresses.get(visitor)
}

/** A network that cannot be read lets nobody in. */
const networksOf = (texts: readonly string[]): readonly Network[] => {
  const known = networkLists.get(texts)
  if (known) return known
  const networks = texts.map(parseNetwork).filter((network) => network !== undefined)
  networkLists.set(texts, networks)
  return networks
}
