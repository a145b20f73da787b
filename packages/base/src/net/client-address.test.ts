/** Proves whose word counts about where a request came from: the socket's, and that of a proxy on this machine. */
import type { IncomingMessage } from 'node:http'
import { verifies } from '@towline/testkit/verifies'
import { expect, it } from 'vitest'
import { clientAddress } from './client-address.ts'

const from = (remoteAddress: string | undefined, ...forwarded: readonly string[]): string =>
  clientAddress({
    socket: { remoteAddress },
    headersDistinct: forwarded.length > 0 ? { 'x-forwarded-for': forwarded } : {},
  } as unknown as IncomingMessage)

it('base client address: believes a proxy on this machine only, and of what it says the last', () => {
  verifies('account.signin')
  expect(from('203.0.113.9', '192.0.2.1')).toBe('203.0.113.9')
  expect(from('::ffff:203.0.113.9', '192.0.2.1')).toBe('203.0.113.9')
  expect(from('127.0.0.1', '192.0.2.1')).toBe('192.0.2.1')
  expect(from('::1', '192.0.2.1, 192.0.2.2', '192.0.2.3')).toBe('192.0.2.3')
  expect(from('::ffff:127.0.0.1', ` ${'9'.repeat(200)} `)).toBe('9'.repeat(64))
  expect([from('127.0.0.1'), from(undefined)]).toEqual(['127.0.0.1', ''])
})
