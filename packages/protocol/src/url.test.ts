/** Proves how addresses of tunnels and servers are read. */
import { describe, expect, it } from 'vitest'
import { refusal } from '../test/refusal.ts'
import { formatTow, parseServerUrl, parseTow } from './url.ts'

describe('protocol url', () => {
  it.each([
    ['tow://db:5432', 'TARGET_INVALID'],
    ['tow://db/path', 'TARGET_INVALID'],
    ['tow://a@db', 'TARGET_INVALID'],
    ['http://db', 'TARGET_INVALID'],
    ['tow://', 'NAME_INVALID'],
    ['tow://DB', 'NAME_INVALID'],
    ['tow://www', 'NAME_RESERVED'],
    ['tun_../x', 'TARGET_INVALID'],
  ])('refuses the private address %s with %s', (text, code) => {
    expect(refusal(() => parseTow(text)).code).toBe(code)
  })

  it.each([
    ['', 'it is not a URL'],
    ['https://', 'it is not a URL'],
    ['https://a b', 'it is not a URL'],
    ['https://host:99999', 'it is not a URL'],
    ['ftp://host', 'a server has an https:// URL'],
    ['tow://db', 'a server has an https:// URL'],
    ['https://host/path', 'it has a path; give scheme, host and port only'],
    ['https://host?x=1', 'it has a path; give scheme, host and port only'],
    ['http://example.org', 'http:// is allowed only for this machine; use https://'],
    ['http://127.0.0.1.example.org', 'http:// is allowed only for this machine; use https://'],
  ])('refuses the server %s: %s', (text, problem) => {
    const { code, details } = refusal(() => parseServerUrl(text))
    expect({ code, problem: details['problem'] }).toEqual({ code: 'TARGET_INVALID', problem })
  })

  it('does not repeat a login that stands in a URL', () => {
    const { details } = refusal(() => parseServerUrl('https://user:hunter2@host'))
    expect(details).toEqual({ target: 'https://***@host', problem: 'it holds a login; tokens belong into a context' })
  })

  it('reads a private address by name or id, with or without the scheme', () => {
    expect(['tow://db', 'TOW://db/', 'db', 'tow://tun_4fT', 'tun_4fT'].map(parseTow)).toEqual([
      'db',
      'db',
      'db',
      'tun_4fT',
      'tun_4fT',
    ])
    expect(formatTow('db')).toBe('tow://db')
  })

  it.each([
    [
      'https://example.org',
      { url: 'https://example.org', host: 'example.org', port: 443, secure: true, loopback: false },
    ],
    [
      'https://example.org:8443/',
      { url: 'https://example.org:8443', host: 'example.org', port: 8443, secure: true, loopback: false },
    ],
    [
      'example.org:8443',
      { url: 'https://example.org:8443', host: 'example.org', port: 8443, secure: true, loopback: false },
    ],
    [
      'http://127.0.0.1:8080',
      { url: 'http://127.0.0.1:8080', host: '127.0.0.1', port: 8080, secure: false, loopback: true },
    ],
    ['http://localhost', { url: 'http://localhost', host: 'localhost', port: 80, secure: false, loopback: true }],
    ['https://[::1]:8080', { url: 'https://[::1]:8080', host: '::1', port: 8080, secure: true, loopback: true }],
  ])('reads the server %s', (text, server) => {
    expect(parseServerUrl(text)).toEqual(server)
  })
})
