import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { inNetwork, parseAddress, parseNetwork } from './cidr.ts'

const matches = (address: string, network: string): boolean => {
  const parsed = { address: parseAddress(address), network: parseNetwork(network) }
  if (!parsed.address || !parsed.network) throw new Error(`not parsed: ${address} ${network}`)
  return inNetwork(parsed.address, parsed.network)
}

describe('edge cidr', () => {
  it.each([
    ['10.1.2.3', '10.0.0.0/8', true],
    ['11.1.2.3', '10.0.0.0/8', false],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.8', '192.0.2.7', false],
    ['192.0.2.127', '192.0.2.0/25', true],
    ['192.0.2.128', '192.0.2.0/25', false],
    ['255.255.255.255', '0.0.0.0/0', true],
    ['128.0.0.1', '128.0.0.0/1', true],
    ['127.255.255.255', '128.0.0.0/1', false],
    ['172.31.255.255', '172.16.0.0/12', true],
    ['172.32.0.0', '172.16.0.0/12', false],
    ['::ffff:10.1.2.3', '10.0.0.0/8', true],
    ['10.1.2.3', '::ffff:10.0.0.0/104', true],
    ['10.1.2.3', '::/0', false],
    ['::1', '0.0.0.0/0', false],
    ['::1', '::1', true],
    ['::1', '::2/127', false],
    ['::3', '::2/127', true],
    ['2001:db8::1', '2001:db8::/32', true],
    ['2001:db9::1', '2001:db8::/32', false],
    ['2001:db8:0:8000::', '2001:db8::/49', false],
    ['fe80::1%eth0', 'fe80::/10', true],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8/128', true],
  ])('edge cidr: %s in %s is %s', (address, network, expected) => {
    verifies('edge.ip')
    expect(matches(address, network)).toBe(expected)
  })

  it.each([
    '',
    '10.0.0.0/33',
    '::/129',
    '10.0.0',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    'a.b',
    '::ffff:10.0.0.0/8',
    'fe80::1%eth0',
  ])('edge cidr: %j is no network', (text) => {
    expect(parseNetwork(text)).toBeUndefined()
  })
})
