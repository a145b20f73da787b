/** Proves Noise by the vectors of two other implementations, on each provider and across both. */
import { readFileSync } from 'node:fs'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { nobleCrypto } from '../crypto/noble-crypto.ts'
import { nodeCrypto } from '../crypto/node-crypto.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { CipherState } from './cipher-state.ts'
import { Handshake, type HandshakeOptions, type Pattern, suiteOf, XK } from './handshake.ts'

interface Vector {
  readonly protocol_name: string
  readonly init_prologue: string
  readonly init_static?: string
  readonly init_ephemeral: string
  readonly init_remote_static?: string
  readonly resp_prologue: string
  readonly resp_static?: string
  readonly resp_ephemeral?: string
  readonly resp_remote_static?: string
  readonly handshake_hash?: string
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[]
}

/** The product has XK alone; the others show that the code follows the framework and not one pattern's vectors. */
const PATTERNS: readonly Pattern[] = [
  XK,
  { name: 'NN', initiatorKnown: false, responderKnown: false, messages: [['e'], ['e', 'ee']] },
  {
    name: 'NK',
    initiatorKnown: false,
    responderKnown: true,
    messages: [
      ['e', 'es'],
      ['e', 'ee'],
    ],
  },
  {
    name: 'KK',
    initiatorKnown: true,
    responderKnown: true,
    messages: [
      ['e', 'es', 'ss'],
      ['e', 'ee', 'se'],
    ],
  },
  {
    name: 'IK',
    initiatorKnown: false,
    responderKnown: true,
    messages: [
      ['e', 'es', 's', 'ss'],
      ['e', 'ee', 'se'],
    ],
  },
  { name: 'XX', initiatorKnown: false, responderKnown: false, messages: [['e'], ['e', 'ee', 's', 'es'], ['s', 'se']] },
]

const FILES = ['noise-cacophony.json', 'noise-snow.json']
const EMPTY = new Uint8Array()
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex')

const vectors = FILES.flatMap((file) => {
  const text = readFileSync(new URL(`../../../vectors/${file}`, import.meta.url), 'utf8')
  return (JSON.parse(text) as { vectors: Vector[] }).vectors.map((vector) => ({ file, vector }))
})

/** A provider whose next key pair is known. */
const fixed = (crypto: CryptoProvider, ephemeral = ''): CryptoProvider => ({
  ...crypto,
  generateKeyPair: () => crypto.keyPair(bytes(ephemeral)),
})

const sides = (vector: Vector, [first, second]: readonly [CryptoProvider, CryptoProvider]): [Handshake, Handshake] => {
  const pattern = PATTERNS.find((one) => suiteOf(one) === vector.protocol_name) as Pattern
  const side = (options: Omit<HandshakeOptions, 'pattern'>): Handshake => new Handshake({ ...options, pattern })
  const { init_static: is, resp_static: rs, init_remote_static: ir, resp_remote_static: rr } = vector
  return [
    side({
      ...{ crypto: fixed(first, vector.init_ephemeral), initiator: true, prologue: bytes(vector.init_prologue) },
      ...{
        own: is === undefined ? undefined : first.keyPair(bytes(is)),
        peer: ir === undefined ? undefined : bytes(ir),
      },
    }),
    side({
      ...{ crypto: fixed(second, vector.resp_ephemeral), initiator: false, prologue: bytes(vector.resp_prologue) },
      ...{
        own: rs === undefined ? undefined : second.keyPair(bytes(rs)),
        peer: rr === undefined ? undefined : bytes(rr),
      },
    }),
  ]
}

const run = async (vector: Vector, providers: readonly [CryptoProvider, CryptoProvider]): Promise<void> => {
  const [initiator, responder] = sides(vector, providers)
  const rest = [...vector.messages]
  for (let [from, to] = [initiator, responder]; !initiator.complete; [from, to] = [to, from]) {
    const { payload, ciphertext } = rest.shift() as Vector['messages'][number]
    const message = await from.write(bytes(payload))
    expect(hex(message)).toBe(ciphertext)
    expect(hex(await to.read(message))).toBe(payload)
  }
  if (vector.handshake_hash !== undefined) expect(hex(initiator.hash)).toBe(vector.handshake_hash)
  expect(hex(responder.hash)).toBe(hex(initiator.hash))
  const transports = [initiator.split(), responder.split()] as const
  const odd = vector.messages.length - rest.length
  rest.forEach(({ payload, ciphertext }, at) => {
    const [from, to] = (at + odd) % 2 === 0 ? transports : ([transports[1], transports[0]] as const)
    const sealed = from.send.seal(EMPTY, bytes(payload))
    expect(hex(sealed)).toBe(ciphertext)
    expect(hex(to.receive.open(EMPTY, sealed))).toBe(payload)
  })
}

describe.each([
  ['node:crypto', [nodeCrypto, nodeCrypto]],
  ['@noble', [nobleCrypto, nobleCrypto]],
  ['node:crypto to @noble', [nodeCrypto, nobleCrypto]],
] as const)('webtty e2e noise: %s', (_name, providers) => {
  it.each(vectors)('passes $vector.protocol_name of $file', async ({ vector }) => {
    verifies('e2e.suite')
    await run(vector, providers)
  })
})

const pairOf = (prologues: readonly [Uint8Array, Uint8Array] = [EMPTY, EMPTY]): [Handshake, Handshake] => {
  const [client, server] = [nodeCrypto.generateKeyPair(), nodeCrypto.generateKeyPair()]
  const common = { crypto: nodeCrypto, pattern: XK }
  return [
    new Handshake({ ...common, initiator: true, prologue: prologues[0], own: client, peer: server.publicKey }),
    new Handshake({ ...common, initiator: false, prologue: prologues[1], own: server }),
  ]
}

describe('webtty e2e noise: refusals', () => {
  it('refuses a message with any byte changed or missing, and is of no use after it', async () => {
    verifies('e2e.tamper')
    const first = await pairOf()[0].write(EMPTY)
    for (let at = 0; at < first.length; at++) {
      const [initiator, responder] = pairOf()
      const message = await initiator.write(EMPTY)
      const changed = message.slice()
      changed[at] = (changed[at] as number) ^ 0x40
      await expect(responder.read(changed)).rejects.toMatchObject({ code: 'E2E_TAMPERED' })
      await expect(responder.read(message)).rejects.toThrow('out of turn')
      await expect(pairOf()[1].read(message.subarray(0, at))).rejects.toMatchObject({ code: 'E2E_TAMPERED' })
    }
  })

  it('refuses a peer that speaks of something else in the prologue', async () => {
    const [initiator, responder] = pairOf([Uint8Array.of(1), Uint8Array.of(2)])
    await expect(responder.read(await initiator.write(EMPTY))).rejects.toMatchObject({ code: 'E2E_TAMPERED' })
  })

  it.each(['00', '01', 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'])(
    'refuses the ephemeral %s of low order',
    async (point) => {
      verifies('e2e.suite')
      const message = new Uint8Array(48)
      message.set(bytes(point))
      await expect(pairOf()[1].read(message)).rejects.toMatchObject({
        code: 'E2E_TAMPERED',
        details: { problem: 'a key of the handshake is none' },
      })
    },
  )

  it('refuses to speak out of turn, and to split twice or too early', async () => {
    const [initiator, responder] = pairOf()
    await expect(responder.write(EMPTY)).rejects.toThrow('out of turn')
    await expect(initiator.read(EMPTY)).rejects.toThrow('out of turn')
    expect(() => initiator.split()).toThrow('before the end')
    await responder.read(await initiator.write(EMPTY))
    await initiator.read(await responder.write(EMPTY))
    await responder.read(await initiator.write(EMPTY))
    initiator.split()
    expect(() => initiator.split()).toThrow('before the end')
  })

  it('stops before a nonce is used twice, and after its key was wiped', () => {
    const key = new Uint8Array(32).fill(1)
    const full = new CipherState(nodeCrypto, key, Number.MAX_SAFE_INTEGER)
    expect(() => full.seal(EMPTY, EMPTY)).toThrow(expect.objectContaining({ code: 'E2E_TAMPERED' }))
    expect(() => full.open(EMPTY, new Uint8Array(16))).toThrow(expect.objectContaining({ code: 'E2E_TAMPERED' }))
    const wiped = new CipherState(nodeCrypto, key.slice())
    wiped.wipe()
    expect(() => wiped.seal(EMPTY, EMPTY)).toThrow(expect.objectContaining({ code: 'E2E_TAMPERED' }))
  })

  it('counts nonces beyond 32 bits, and goes on with them after a rekey', () => {
    const key = new Uint8Array(32).fill(1)
    const nonce = Buffer.from('000000000000000001000000', 'hex')
    const state = new CipherState(nobleCrypto, key.slice(), 2 ** 32)
    expect(hex(state.seal(EMPTY, bytes('aa')))).toBe(hex(nodeCrypto.aead(key).seal(nonce, EMPTY, bytes('aa'))))
    state.rekey()
    const other = new CipherState(nodeCrypto, key.slice(), 2 ** 32 + 1)
    other.rekey()
    expect(hex(other.open(EMPTY, state.seal(EMPTY, bytes('bb'))))).toBe('bb')
  })
})
