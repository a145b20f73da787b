/** Proves which targets are taken and which are refused, and what tunnel the words of `forward` ask for. */
import { AppError } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { parseListen, parsePort } from '../address.ts'
import { forwardSpec, type ForwardOptions } from './forward-spec.ts'
import { parseTarget } from './target.ts'

const codeOf = (act: () => unknown): string => {
  try {
    act()
    return 'taken'
  } catch (error) {
    return error instanceof AppError ? error.code : String(error)
  }
}

describe('target: what a tunnel leads to', () => {
  const refused = [
    '',
    ' ',
    'web',
    '0',
    '65536',
    '99999999',
    'a b:80',
    '-x:80',
    'host:',
    ':',
    'ftp://host',
    'http://',
    'host:80/path',
    'http://host/path',
    'http://host?x',
    'http://user:pass@host',
    'tow://db',
    '[::1',
    'http://[::1',
    'a\u001b[2J:80',
    `${'a'.repeat(64)}:80`,
  ]
  it.each(refused)('target: refuses %j', (text) => {
    expect(codeOf(() => parseTarget(text))).toBe('TARGET_INVALID')
  })

  it('target: does not repeat a login in the error', () => {
    expect(() => parseTarget('http://user:hunter2@host')).toThrow('"http://***@host"')
  })

  it.each([
    ['3000', { host: 'localhost', port: 3000, secure: false, authority: 'localhost:3000' }],
    [':3000', { host: 'localhost', port: 3000, secure: false, authority: 'localhost:3000' }],
    ['db:5432', { host: 'db', port: 5432, secure: false, authority: 'db:5432' }],
    ['10.0.0.7:80', { host: '10.0.0.7', port: 80, secure: false, authority: '10.0.0.7:80' }],
    ['[::1]:3000', { host: '::1', port: 3000, secure: false, authority: '[::1]:3000' }],
    ['my_container:80', { host: 'my_container', port: 80, secure: false, authority: 'my_container:80' }],
    ['http://localhost', { host: 'localhost', port: 80, secure: false, authority: 'localhost' }],
    ['https://Intranet.Example/', { host: 'intranet.example', port: 443, secure: true, authority: 'intranet.example' }],
    ['https://[::1]:8443', { host: '::1', port: 8443, secure: true, authority: '[::1]:8443' }],
  ])('target: reads %s', (text, target) => {
    expect(parseTarget(text)).toEqual(target)
  })
})

describe('forward: which tunnel the words ask for', () => {
  const target = parseTarget('5173')
  const refused: readonly (readonly [ForwardOptions, string])[] = [
    [{ tcp: true, tls: true }, 'USAGE'],
    [{ tcp: true, publish: false }, 'USAGE'],
    [{ tlsMode: 'passthrough', tcp: true }, 'USAGE'],
    [{ name: 'Web' }, 'NAME_INVALID'],
    [{ name: 'www' }, 'NAME_RESERVED'],
    [{ label: ['purpose'] }, 'LABEL_INVALID'],
    [{ label: ['a=\u001b[2J'] }, 'LABEL_INVALID'],
    [{ tcp: true, port: '0' }, 'OPTION_INVALID'],
    [{ tlsMode: 'half' }, 'OPTION_INVALID'],
    [{ httpVersion: 'h3' }, 'OPTION_INVALID'],
    [{ surface: 'shell' }, 'OPTION_INVALID'],
  ]
  it.each(refused)('forward: refuses %j with %s', (options, code) => {
    expect(codeOf(() => forwardSpec(options, target))).toBe(code)
  })

  it.each<readonly [ForwardOptions, object]>([
    [{}, { kind: 'http' }],
    [{ publish: true, tokenAuth: false }, { kind: 'http' }],
    [
      { name: 'web', label: ['purpose=review', 'empty='] },
      { kind: 'http', name: 'web', labels: { purpose: 'review', empty: '' } },
    ],
    [{ hostHeader: 'rewrite' }, { kind: 'http', hostHeader: 'localhost:5173' }],
    [{ hostHeader: 'app.local' }, { kind: 'http', hostHeader: 'app.local' }],
    [
      { tcp: true, port: '9000' },
      { kind: 'tcp', port: 9000 },
    ],
    [{ tls: true }, { kind: 'tls' }],
    [{ tlsMode: 'passthrough' }, { kind: 'tls', tlsMode: 'passthrough' }],
    [
      { publish: false, surface: 'mcp' },
      { kind: 'private', surface: 'mcp' },
    ],
    [
      { tokenAuth: true, trustedIps: '10.0.0.0/8, ::1/128' },
      { kind: 'http', tokenAuth: true, trustedIps: ['10.0.0.0/8', '::1/128'] },
    ],
  ])('forward: %j asks for %j', (options, spec) => {
    expect(forwardSpec(options, target)).toEqual(spec)
  })
})

describe('address: where to listen', () => {
  it.each(['', 'x', 'host:80', '1.2.3.4', '1.2.3.4:', '::1:80', '[::1]', '1.2.3.4:65536', '1.2.3:80', '1.2.3.4:-1'])(
    'address: refuses %j',
    (text) => {
      expect(codeOf(() => parseListen(text))).toBe('OPTION_INVALID')
    },
  )

  it.each([
    ['8080', { host: '127.0.0.1', port: 8080 }],
    [':0', { host: '127.0.0.1', port: 0 }],
    ['localhost:80', { host: '127.0.0.1', port: 80 }],
    ['0.0.0.0:443', { host: '0.0.0.0', port: 443 }],
    ['[::1]:8080', { host: '::1', port: 8080 }],
  ])('address: reads %s', (text, address) => {
    expect(parseListen(text)).toEqual(address)
  })

  it.each(['', '0', 'x', '65536', '1e3', '-1'])('address: refuses the port %j', (text) => {
    expect(codeOf(() => parsePort(text))).toBe('OPTION_INVALID')
  })
})
