/** Proves that both providers give the same answers, those of the RFCs, and refuse the same. */
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { base64, concat, fromUtf8, sameBytes, utf8 } from './bytes.ts'
import { nobleCrypto } from './noble-crypto.ts'
import { nodeCrypto } from './node-crypto.ts'

const BOTH = [nodeCrypto, nobleCrypto]
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replace(/\s/g, ''), 'hex'))

/** Points whose order divides 8, and what encodes them beyond the prime (Wycheproof, RFC 7748 §6.1). */
const LOW_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]

describe.each(BOTH)('webtty e2e crypto: $name', (crypto) => {
  it('refuses a point of low order', async () => {
    verifies('e2e.suite')
    const pair = crypto.keyPair(new Uint8Array(32).fill(7))
    for (const point of LOW_ORDER) await expect(Promise.resolve().then(() => pair.dh(bytes(point)))).rejects.toThrow()
  })

  it('refuses a ciphertext with any byte changed, cut short, or under another nonce or text', () => {
    verifies('e2e.tamper')
    const [key, nonce, ad] = [crypto.random(32), crypto.random(12), utf8('beside')]
    const sealed = crypto.aead(key).seal(nonce, ad, utf8('secret'))
    for (let at = 0; at < sealed.length; at++) {
      const changed = sealed.slice()
      changed[at] = (changed[at] as number) ^ 1
      expect(crypto.aead(key).open(nonce, ad, changed)).toBeUndefined()
      expect(crypto.aead(key).open(nonce, ad, sealed.subarray(0, at))).toBeUndefined()
    }
    expect(crypto.aead(key).open(crypto.random(12), ad, sealed)).toBeUndefined()
    expect(crypto.aead(key).open(nonce, utf8('besides'), sealed)).toBeUndefined()
    expect(fromUtf8(crypto.aead(key).open(nonce, ad, sealed) as Uint8Array)).toBe('secret')
  })

  it('seals into memory of the caller what it seals into its own', () => {
    const [key, nonce] = [crypto.random(32), crypto.random(12)]
    for (const length of [0, 1, 63, 64, 61_440]) {
      const plain = crypto.random(length)
      const place = new Uint8Array(length + 20).fill(7)
      crypto.aead(key).sealInto(place.subarray(2, length + 18), nonce, plain)
      expect(Buffer.compare(place.subarray(2, -2), crypto.aead(key).seal(nonce, new Uint8Array(), plain))).toBe(0)
      expect([place[0], place[1], place.at(-2), place.at(-1)]).toEqual([7, 7, 7, 7])
    }
  })

  it('refuses signatures of another key or message, of a length that is none, and with S beyond the order', () => {
    verifies('e2e.proof')
    const signer = crypto.signer(new Uint8Array(32).fill(3))
    const good = signer.sign(utf8('m')) as Uint8Array
    expect(crypto.verify(signer.publicKey, utf8('m'), good)).toBe(true)
    expect(crypto.verify(signer.publicKey, utf8('n'), good)).toBe(false)
    expect(crypto.verify(crypto.signer(new Uint8Array(32)).publicKey, utf8('m'), good)).toBe(false)
    expect(crypto.verify(signer.publicKey, utf8('m'), good.subarray(1))).toBe(false)
    expect(crypto.verify(signer.publicKey.subarray(1), utf8('m'), good)).toBe(false)
    expect(crypto.verify(signer.publicKey, utf8('m'), plusOrder(good))).toBe(false)
  })

  it('signs as RFC 8032 §7.1 says', () => {
    const signer = crypto.signer(bytes('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'))
    expect(hex(signer.publicKey)).toBe('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')
    expect(hex(signer.sign(new Uint8Array()) as Uint8Array)).toBe(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    )
  })
})

/** The same signature, malleable: S + L (RFC 8032 §5.1.7 has it refused). */
const plusOrder = (signature: Uint8Array): Uint8Array => {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n
  const s = BigInt(`0x${hex(signature.slice(32).reverse())}`) + order
  return concat(signature.subarray(0, 32), bytes(s.toString(16).padStart(64, '0')).reverse())
}

describe('webtty e2e crypto', () => {
  it('is the same by node:crypto and by @noble', async () => {
    verifies('e2e.suite')
    for (let round = 0; round < 8; round++) {
      const [seed, other, nonce, text] = [32, 32, 12, 300 * round].map((length) => nodeCrypto.random(length))
      const [ad, key] = [utf8('ad'), seed as Uint8Array]
      const answers = await Promise.all(
        BOTH.map(async (crypto) => [
          hex(crypto.hash(text as Uint8Array)),
          hex(crypto.hmac(key, text as Uint8Array)),
          hex(crypto.aead(key).seal(nonce as Uint8Array, ad, text as Uint8Array)),
          hex(crypto.keyPair(key).publicKey),
          hex(await crypto.keyPair(key).dh(crypto.keyPair(other as Uint8Array).publicKey)),
          hex(crypto.signer(key).publicKey),
          hex(await crypto.signer(key).sign(text as Uint8Array)),
        ]),
      )
      expect(answers[0]).toEqual(answers[1])
    }
  })

  it('compares and prints bytes', () => {
    expect([
      sameBytes(utf8('ab'), utf8('ab')),
      sameBytes(utf8('ab'), utf8('ac')),
      sameBytes(utf8('a'), utf8('ab')),
    ]).toEqual([true, false, false])
    for (let length = 0; length < 70; length++) {
      const data = nodeCrypto.random(length)
      expect(base64(data)).toBe(Buffer.from(data).toString('base64').replace(/=+$/, ''))
    }
    expect(fromUtf8(Uint8Array.of(0xff))).toBeUndefined()
  })
})
