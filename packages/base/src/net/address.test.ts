/** Proves which addresses are of this machine: what is decided by it lets plain HTTP, redirects and proxies pass. */
import { expect, it } from 'vitest'
import { isLoopback } from './address.ts'

it('base address: takes no name for this machine, whatever it begins with', () => {
  for (const name of [
    '127.evil.example',
    '127.0.0.1.evil.example',
    '127.',
    '127.0.0',
    '',
    'localhost',
    '::ffff:1.2.3.4',
  ])
    expect([name, isLoopback(name)]).toEqual([name, false])
  for (const address of ['127.0.0.1', '127.255.0.9', '::1'])
    expect([address, isLoopback(address)]).toEqual([address, true])
})
