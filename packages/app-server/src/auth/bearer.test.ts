/** Proves who is let in and who is not, and with which words. */
import { createHmac } from 'node:crypto'
import { Secret } from '@towline/base'
import { verifies } from '@towline/testkit/verifies'
import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { capabilityToken, digestOf, refusalOf, type SignedTokens, signedTokens } from './bearer.ts'

const KEY = 'abcdefghijklmnopqrstuvwxyz0123456789'
const NOW = 1_800_000_000

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const signed = (claims: object, { alg = 'HS256', key = KEY, hash = 'sha256', head = {} } = {}): string => {
  const body = `${part({ alg, typ: 'JWT', ...head })}.${part(claims)}`
  return `${body}.${createHmac(hash, key).update(body).digest('base64url')}`
}

const said = (token: string, more: Partial<SignedTokens> = {}): string => {
  const rule = signedTokens({ secret: new Secret(KEY), skewSeconds: 30, now: () => NOW * 1000, ...more })
  return refusalOf(`Bearer ${token}`, rule) ?? 'let in'
}

describe('bearer', () => {
  it.each([
    [undefined, 'missing websocket bearer token'],
    ['', 'invalid authorization header'],
    ['Basic YTpi', 'invalid authorization header'],
    ['Bearer', 'invalid authorization header'],
    ['Bearer a b', 'invalid authorization header'],
    [`Bearer ${'x'.repeat(10_000)}`, 'invalid authorization header'],
    ['Bearer other', 'invalid websocket bearer token'],
    ['Bearer good', undefined],
    ['bEARER good', undefined],
  ])('bearer: for a capability token, %j is told %j', (header, answer) => {
    verifies('app.auth.capability')
    expect(refusalOf(header, capabilityToken(digestOf(new Secret('good'))))).toBe(answer)
  })

  it.each([
    ['good', signed({ exp: NOW + 60 }), 'let in'],
    ['within the skew', signed({ exp: NOW - 30, nbf: NOW + 30 }), 'let in'],
    ['over', signed({ exp: NOW - 31 }), 'expired websocket jwt'],
    ['not yet', signed({ exp: NOW + 60, nbf: NOW + 31 }), 'websocket jwt is not valid yet'],
    ['without an end', signed({ nbf: NOW }), 'invalid websocket jwt'],
    ['with an end in words', signed({ exp: 'never' }), 'invalid websocket jwt'],
    ['of another key', signed({ exp: NOW + 60 }, { key: `${KEY}!` }), 'invalid websocket jwt'],
    ['of HS512', signed({ exp: NOW + 60 }, { alg: 'HS512', hash: 'sha512' }), 'invalid websocket jwt'],
    ['that says HS512', signed({ exp: NOW + 60 }, { alg: 'HS512' }), 'invalid websocket jwt'],
    ['of none', `${part({ alg: 'none' })}.${part({ exp: NOW + 60 })}.`, 'invalid websocket jwt'],
    ['with a critical field', signed({ exp: NOW + 60 }, { head: { crit: ['b64'] } }), 'invalid websocket jwt'],
    ['of two parts', 'a.b', 'invalid websocket jwt'],
    ['of four parts', `${signed({ exp: NOW + 60 })}.x`, 'invalid websocket jwt'],
    ['that is no token', 'garbage', 'invalid websocket jwt'],
  ])('bearer: a signed token %s', (_what, token, answer) => {
    verifies('app.auth.signed')
    expect(said(token)).toBe(answer)
  })

  it.each([
    [{ issuer: 'us' }, { iss: 'us' }, 'let in'],
    [{ issuer: 'us' }, { iss: 'them' }, 'websocket jwt issuer mismatch'],
    [{ issuer: 'us' }, {}, 'websocket jwt issuer mismatch'],
    [{ audience: 'a' }, { aud: ['b', 'a'] }, 'let in'],
    [{ audience: 'a' }, { aud: 'b' }, 'websocket jwt audience mismatch'],
    [{ audience: 'a' }, {}, 'websocket jwt audience mismatch'],
    [{}, { iss: 'them', aud: 'b' }, 'let in'],
  ])('bearer: asked for %j, claims %j', (more, claims, answer) => {
    verifies('app.auth.signed')
    expect(said(signed({ exp: NOW + 60, ...claims }), more)).toBe(answer)
  })

  it('bearer: takes what another library signed', async () => {
    verifies('app.auth.signed')
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer('us')
      .setExpirationTime(NOW + 60)
      .sign(Buffer.from(KEY))
    expect(said(token, { issuer: 'us' })).toBe('let in')
  })
})
