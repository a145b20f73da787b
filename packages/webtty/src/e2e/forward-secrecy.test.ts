/** Proves that who recorded a conversation, and steals the keys of both sides afterwards, cannot read it (forward secrecy). */
import { readFileSync } from 'node:fs'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { RecordOpener } from './channel/record-cipher.ts'
import { prologueOf } from './channel/prologue.ts'
import { fromUtf8 } from './crypto/bytes.ts'
import { nodeCrypto } from './crypto/node-crypto.ts'
import type { KeyPair } from './crypto/provider.ts'
import { identityFromSeed } from './identity/local-identity.ts'
import { Handshake, XK } from './noise/handshake.ts'
import { LIMITS } from '@towline/protocol'

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))
const { identities, prologue, conversation } = JSON.parse(
  readFileSync(new URL('../../vectors/e2e.json', import.meta.url), 'utf8'),
) as {
  identities: { seed: string }[]
  prologue: { project: string; name: string; nonce: string }
  conversation: Record<'clientEphemeral' | 'serverEphemeral', string> &
    Record<'client' | 'server', { what: string; bytes: string }[]>
}

// What the thief has: both seeds, and all that crossed the relay.
const [server, client] = identities.map(({ seed }) => identityFromSeed(nodeCrypto, bytes(seed))) as [
  ReturnType<typeof identityFromSeed>,
  ReturnType<typeof identityFromSeed>,
]
const crossed = (side: 'client' | 'server', at: number): Uint8Array => bytes(conversation[side][at]?.bytes ?? '')
const NOISE_1 = crossed('client', 0).slice(-48)
const NOISE_2 = crossed('server', 1).slice(2)
const NOISE_3 = crossed('client', 1).slice(2)
const RECORD_1 = crossed('client', 2)
const ephemeralOf = { client: NOISE_1.slice(0, 32), server: NOISE_2.slice(0, 32) }

/** What the client said first, as read by who plays the server with `ephemeral` for its own. */
const readAs = async (ephemeral: KeyPair): Promise<string | undefined> => {
  const parts = { ...prologue, fingerprint: server.endpoint.fingerprint, nonce: bytes(prologue.nonce) }
  const crypto = { ...nodeCrypto, generateKeyPair: () => ephemeral }
  const own = server.noise
  const handshake = new Handshake({ crypto, pattern: XK, initiator: false, prologue: prologueOf(parts), own })
  await handshake.read(NOISE_1)
  await handshake.write(new Uint8Array())
  await handshake.read(NOISE_3)
  return fromUtf8(new RecordOpener(handshake.split().receive, LIMITS).open(RECORD_1).body)
}

/** Every secret that two keys of which one is known make: all of them, but for that of the two ephemeral ones. */
const known: readonly (readonly [of: string, secret: Uint8Array])[] = [
  ['client and server', client.noise.dh(server.endpoint.x25519) as Uint8Array],
  ['client and ephemeral of the server', client.noise.dh(ephemeralOf.server) as Uint8Array],
  ['client and ephemeral of the client', client.noise.dh(ephemeralOf.client) as Uint8Array],
  ['server and ephemeral of the client', server.noise.dh(ephemeralOf.client) as Uint8Array],
  ['server and ephemeral of the server', server.noise.dh(ephemeralOf.server) as Uint8Array],
]

describe('webtty e2e: a conversation that was recorded', () => {
  it.each(known)('cannot be read by the keys of both sides: not with the secret of %s', async (_of, secret) => {
    verifies('e2e.suite')
    const stand = { publicKey: ephemeralOf.server, dh: () => secret }
    await expect(readAs(stand)).rejects.toMatchObject({ code: 'E2E_TAMPERED' })
  })

  it('cannot be read either by who makes a new ephemeral key', async () => {
    await expect(readAs(nodeCrypto.generateKeyPair())).rejects.toMatchObject({ code: 'E2E_TAMPERED' })
  })

  it('can be read by who kept an ephemeral key, which nobody does: so this test could fail', async () => {
    expect(await readAs(nodeCrypto.keyPair(bytes(conversation.serverEphemeral)))).toBe('hello')
  })
})
