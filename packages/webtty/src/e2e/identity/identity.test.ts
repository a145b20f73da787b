/** Proves identities: one seed makes one text, and no slip of the hand makes another. */
import { describe, expect, it } from 'vitest'
import { nobleCrypto } from '../crypto/noble-crypto.ts'
import { nodeCrypto } from '../crypto/node-crypto.ts'
import { isSameIdentity, parseEndpointIdentity } from './endpoint-identity.ts'
import { identityFromSeed } from './local-identity.ts'

const { endpoint } = identityFromSeed(nodeCrypto, new Uint8Array(32).fill(5))

describe('webtty e2e identity', () => {
  it.each([
    ['nothing', ''],
    ['another prefix', endpoint.text.replace('wtyid1', 'wtyid2')],
    ['capitals', endpoint.text.toUpperCase()],
    ['a space', `${endpoint.text} `],
    ['a character less', endpoint.text.slice(0, -1)],
    ['a foreign character', `${endpoint.text.slice(0, -1)}1`],
    ['bits that are left over', endpoint.text.slice(0, -1) + next(endpoint.text.at(-1) as string)],
  ])('refuses a text with %s', (_what, text) => {
    expect(() => parseEndpointIdentity(nodeCrypto, text)).toThrow(expect.objectContaining({ code: 'E2E_KEY_INVALID' }))
  })

  it('refuses a text with any one character mistyped, or two exchanged', () => {
    const { text } = endpoint
    for (let at = 6; at < text.length; at++) {
      const wrong = text.slice(0, at) + (text[at] === 'a' ? 'b' : 'a') + text.slice(at + 1)
      const exchanged =
        text.slice(0, at - 1) +
        text
          .slice(at - 1, at + 1)
          .split('')
          .toReversed()
          .join('') +
        text.slice(at + 1)
      for (const one of [wrong, exchanged].filter((other) => other !== text))
        expect(() => parseEndpointIdentity(nodeCrypto, one)).toThrow()
    }
  })

  it('is read as it was written, the same by both providers', () => {
    expect(parseEndpointIdentity(nodeCrypto, endpoint.text)).toEqual(endpoint)
    expect(identityFromSeed(nobleCrypto, new Uint8Array(32).fill(5)).endpoint).toEqual(endpoint)
    expect(endpoint.text).toMatch(/^wtyid1[a-z2-7]{111}$/)
    expect(endpoint.fingerprint).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/)
    expect(isSameIdentity(endpoint, { ...endpoint, x25519: endpoint.ed25519 })).toBe(false)
  })
})

function next(character: string): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
  return alphabet[alphabet.indexOf(character) + 1] as string
}
