/** Proves which hosts a machine exposes services of, whatever their names lead to. */
import type { AppError } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { type Lookup, serviceHosts } from './service-hosts.ts'

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'db.lan': ['10.0.0.7', 'fd12::7'],
  'tricky.lan': ['10.0.0.7', '169.254.169.254'],
  'mapped.lan': ['::ffff:169.254.169.254'],
  'link.lan': ['fe80::1%eth0'],
}
const find: Lookup = async (name) => {
  const found = NAMES[name]
  if (!found) throw Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' })
  return found
}
const named = [
  ...Object.keys(NAMES),
  '10.0.0.8',
  'gone.lan',
  '169.254.1.1',
  '0.0.0.0',
  'fd00:ec2::254',
  '::ffff:169.254.1.1',
]
const hosts = serviceHosts(named, find)
const told = (host: string): Promise<unknown> =>
  hosts.addresses(host).catch((error: AppError) => [error.code, error.details['problem']])

describe('webtty services of other hosts', () => {
  it.each([
    ['10.0.0.9', 'it is not this machine, and nobody named it there'],
    ['other.lan', 'it is not this machine, and nobody named it there'],
    ['127.1', 'it is not this machine, and nobody named it there'],
    ['127.999.0.1', 'it is not this machine, and nobody named it there'],
    ['0x7f000001', 'it is not this machine, and nobody named it there'],
    ['127.0.0.1.example.com', 'it is not this machine, and nobody named it there'],
    ['localhost.example.com', 'it is not this machine, and nobody named it there'],
    ['gone.lan', 'its name leads nowhere'],
    ['169.254.1.1', 'it is a link-local, metadata or group address'],
    ['::ffff:169.254.1.1', 'it is a link-local, metadata or group address'],
    ['0.0.0.0', 'it is a link-local, metadata or group address'],
    ['fd00:ec2::254', 'it is a link-local, metadata or group address'],
    ['tricky.lan', 'it is a link-local, metadata or group address'],
    ['mapped.lan', 'it is a link-local, metadata or group address'],
    ['link.lan', 'it is a link-local, metadata or group address'],
  ])('are refused: %s', async (host, problem) => {
    expect(await told(host)).toEqual(['EXPOSE_HOST_REFUSED', problem])
    expect(hosts.isLocal(host)).toBe(false)
  })

  it.each([
    ['db.lan', ['10.0.0.7', 'fd12::7']],
    ['DB.lan', []],
    ['10.0.0.8', ['10.0.0.8']],
  ])('are taken where they were named: %s', async (host, addresses) => {
    if (addresses.length > 0) expect(await told(host)).toEqual(addresses)
    else expect(await told(host)).toEqual(['EXPOSE_HOST_REFUSED', 'its name leads nowhere'])
  })

  it.each([
    ['localhost', ['127.0.0.1', '::1']],
    ['127.0.0.1', ['127.0.0.1']],
    ['127.8.8.8', ['127.8.8.8']],
    ['::1', ['::1']],
  ])('are not those of the machine itself: %s', async (host, addresses) => {
    expect(await serviceHosts().addresses(host)).toEqual(addresses)
    expect(hosts.isLocal(host)).toBe(true)
  })
})
