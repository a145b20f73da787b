/** Proves which targets are taken and which are refused. */
import { describe, expect, it } from 'vitest'
import { readTarget, type Target } from './target.ts'

describe('sdk target', () => {
  it.each(['', '0', '65536', 'host', 'host:', 'tow://db', 'http://a/b', 'http://u:p@a', 'ftp://a:1', 'a b:1'])(
    'sdk target: refuses %j',
    (text) => {
      expect(() => readTarget(text)).toThrow(/cannot be used/)
    },
  )

  it('sdk target: refuses a port that is none', () => {
    expect(() => readTarget({ host: 'localhost', port: 1.5 })).toThrow(/cannot be used/)
  })

  it.each<readonly [number | string | Target, Target]>([
    [3000, { host: 'localhost', port: 3000 }],
    ['3000', { host: 'localhost', port: 3000 }],
    ['db:5432', { host: 'db', port: 5432 }],
    ['db:80', { host: 'db', port: 80 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    ['http://intranet', { host: 'intranet', port: 80 }],
    ['https://intranet/', { host: 'intranet', port: 443, tls: true }],
    ['https://127.0.0.1:8443', { host: '127.0.0.1', port: 8443, tls: true }],
    [
      { host: 'x', port: 1, insecure: true },
      { host: 'x', port: 1, insecure: true },
    ],
  ])('sdk target: reads %j', (text, target) => {
    expect(readTarget(text)).toEqual(target)
  })
})
