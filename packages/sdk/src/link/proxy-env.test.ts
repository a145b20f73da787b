/** Proves which proxy the environment chooses for a server, and which settings are refused. */
import { parseServerUrl } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { type Env, proxyFor } from './proxy-env.ts'

const proxy = (url: string, env: Env): string | undefined => proxyFor(parseServerUrl(url), env)?.href

describe('sdk link: the proxy to a server', () => {
  it.each(['socks5://proxy:1080', 'ftp://proxy', 'http://'])('sdk link: refuses the proxy setting %s', (value) => {
    expect(() => proxy('https://tow.example', { HTTPS_PROXY: value })).toThrow(/HTTPS_PROXY cannot be/)
  })

  it('sdk link: does not repeat the login of a proxy in an error', () => {
    expect(() => proxy('https://tow.example', { HTTPS_PROXY: 'socks5://me:hunter2@proxy' })).not.toThrow(/hunter2/)
  })

  it.each<readonly [string, Env]>([
    ['https://tow.example', {}],
    ['https://tow.example', { HTTP_PROXY: 'http://p:1' }],
    ['https://127.0.0.1:8443', { HTTPS_PROXY: 'http://p:1' }],
    ['https://web.localhost', { ALL_PROXY: 'http://p:1' }],
    ['https://tow.example', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '*' }],
    ['https://tow.example', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'a.b, tow.example' }],
    ['https://eu.tow.example', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'tow.example' }],
    ['https://eu.tow.example', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '.tow.example' }],
    ['https://eu.tow.example', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '*.tow.example' }],
    ['https://eu.tow.example', { HTTPS_PROXY: 'http://p:1', no_proxy: 'TOW.example:443' }],
    ['https://10.1.2.3', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '10.0.0.0/8' }],
    ['https://[fd00::7]', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '[fd00::7]:443' }],
    ['https://[fd00::7]', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'fd00::7' }],
    ['https://[fd00::7]', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'fd00::/8' }],
  ])('sdk link: goes straight to %s with %j', (url, env) => {
    expect(proxy(url, env)).toBeUndefined()
  })

  it.each<readonly [string, Env, string]>([
    ['https://tow.example', { HTTPS_PROXY: 'http://p:1' }, 'http://p:1/'],
    ['https://tow.example', { HTTPS_PROXY: 'p:3128' }, 'http://p:3128/'],
    ['https://tow.example', { ALL_PROXY: 'https://me:x@p' }, 'https://me:x@p/'],
    ['https://tow.example', { HTTPS_PROXY: 'http://p:1', https_proxy: 'http://lower:2' }, 'http://lower:2/'],
    ['https://tow.example', { HTTPS_PROXY: 'http://p:1', ALL_PROXY: 'http://q:1' }, 'http://p:1/'],
    ['https://notow.example', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'tow.example,10.0.0.0/8' }, 'http://p:1/'],
    ['https://tow.example:8443', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'tow.example:443' }, 'http://p:1/'],
    ['https://11.1.2.3', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '10.0.0.0/8' }, 'http://p:1/'],
  ])('sdk link: reaches %s with %j by %s', (url, env, expected) => {
    expect(proxy(url, env)).toBe(expected)
  })
})
