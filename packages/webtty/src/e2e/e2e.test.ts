/** Proves who is turned away, and when. */
import { copyOf, LIMITS } from '@towline/protocol'
import { openEvilRelay } from '@towline/testkit/evil-relay'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { endError } from './channel/end-error.ts'
import { readAnnouncement } from './channel/handshake-messages.ts'
import { PendingHandshakes } from './channel/pending-handshakes.ts'
import { secureClient } from './client.ts'
import { utf8 } from './crypto/bytes.ts'
import { nobleCrypto } from './crypto/noble-crypto.ts'
import { nodeCrypto } from './crypto/node-crypto.ts'
import type { CryptoProvider } from './crypto/provider.ts'
import { CLIENT, clientOptions, listen, listOf, SERVER, serverOptions, STRANGER, tell } from './e2e.fixture.ts'
import { identityFromSeed, type LocalIdentity } from './identity/local-identity.ts'
import { type Revocation, secureServer } from './server.ts'

afterEach(() => vi.useRealTimers())

describe('webtty e2e: clients who are turned away', () => {
  const half = (more: Partial<LocalIdentity>): LocalIdentity => ({ ...CLIENT, ...more })
  const keyOf = (identity: LocalIdentity) => ({ ...CLIENT.endpoint, x25519: identity.endpoint.x25519 })
  const forger: LocalIdentity = half({ signer: { ...CLIENT.signer, sign: () => new Uint8Array(64).fill(9) } })
  const cases: readonly (readonly [why: string, identity: LocalIdentity])[] = [
    ['is not on the list', STRANGER],
    [
      'has the signing key of one on the list, and a static key of its own',
      half({ noise: STRANGER.noise, endpoint: keyOf(STRANGER) }),
    ],
    ['has the static key of one on the list, and a signing key of its own', { ...STRANGER, noise: CLIENT.noise }],
    ['signs nothing', forger],
    [
      'signs something else',
      half({ signer: { ...CLIENT.signer, sign: (text) => CLIENT.signer.sign(text.subarray(1)) } }),
    ],
    ['signs for another static key', half({ endpoint: keyOf(STRANGER) })],
  ]
  it.each(cases)('one who %s, by the same word as everyone else', async (_why, identity) => {
    verifies('e2e.proof')
    const story = await tell({ client: { identity } })
    expect(story).toMatchObject({
      ...{ started: false, client: 4401, server: 'E2E_CLIENT_UNAUTHORIZED', serverHeard: [], clientHeard: [] },
    })
    const closing = story.relay.captured.filter(({ from }) => from === 'server').at(-1)
    expect(closing?.bytes).toHaveLength(1 + 3 + 16)
  })

  it('everyone, while the list cannot be read', async () => {
    verifies('e2e.authorized')
    const clients = { ...listOf(CLIENT), find: () => Promise.reject(new Error('the list is broken')) }
    const relay = openEvilRelay()
    const served = secureServer(relay.server, serverOptions({ clients }))
    const client = listen(await secureClient(relay.client, clientOptions()))
    await expect(served).rejects.toThrow('the list is broken')
    expect(await client.end).toEqual({ code: 4401, reason: '' })
  })

  it.each([
    ['frames in the clear', utf8('\0\0\x02{}')],
    ['nothing', new Uint8Array()],
    ['a record before the handshake', Uint8Array.of(0xe1, 1, 2)],
  ])('one that begins with %s, by 4403 and before anything else', async (_what, message) => {
    verifies('e2e.proof')
    const relay = openEvilRelay()
    const served = secureServer(relay.server, serverOptions())
    const heard = listen(relay.client)
    relay.client.send(message)
    await expect(served).rejects.toMatchObject({ code: 'E2E_REQUIRED' })
    expect((await heard.end).code).toBe(4403)
    expect(relay.captured.filter(({ from }) => from === 'server')).toHaveLength(1)
  })

  it('one whose first message is longer than any of a handshake', async () => {
    const relay = openEvilRelay()
    const served = secureServer(relay.server, serverOptions())
    relay.client.send(new Uint8Array(LIMITS.e2eHandshakeBytes + 1).fill(0xe0))
    await expect(served).rejects.toMatchObject({
      code: 'E2E_TAMPERED',
      details: { problem: 'a message of the handshake is too long' },
    })
    expect((await listen(relay.client).end).code).toBe(4409)
  })

  it('one too many at once, by 4429: the one that came before and proves nothing', async () => {
    const pending = new PendingHandshakes({ e2eHandshakes: 1 })
    const [first, second] = [openEvilRelay(), openEvilRelay()]
    const idle = secureServer(first.server, serverOptions({ pending })).catch((error: unknown) => error)
    const served = secureServer(second.server, serverOptions({ pending }))
    expect(await idle).toMatchObject({
      code: 'E2E_HANDSHAKE_FAILED',
      details: { problem: 'too many clients are connecting at once' },
    })
    expect((await listen(first.client).end).code).toBe(4429)
    await secureClient(second.client, clientOptions())
    await served
    expect(pending.count).toBe(0)
  })

  it('an address of which too many were refused, by 4429, and no other', async () => {
    const pending = new PendingHandshakes({ e2eRefusals: 2 }, () => 0)
    for (let at = 0; at < 2; at++) {
      expect((await tell({ client: { identity: STRANGER }, server: { pending, address: '192.0.2.1' } })).client).toBe(
        4401,
      )
    }
    const slowed = await tell({ server: { pending, address: '192.0.2.1' } })
    expect(slowed).toMatchObject({ started: false, client: 'E2E_HANDSHAKE_FAILED', server: 'E2E_HANDSHAKE_FAILED' })
    expect(slowed.relay.captured.filter(({ from }) => from === 'server')).toEqual([])
    expect(await tell({ server: { pending, address: '192.0.2.2' } })).toMatchObject({ started: true, client: 1000 })
    expect(pending.count).toBe(0)
  })

  it('one who does not end its handshake in time, by 4408; its place is free again', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const pending = new PendingHandshakes()
    const relay = openEvilRelay()
    const served = secureServer(relay.server, serverOptions({ pending })).catch((error: unknown) => error)
    const heard = listen(relay.client)
    await vi.advanceTimersByTimeAsync(LIMITS.e2eHandshakeMs - 1)
    expect(pending.count).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(await served).toMatchObject({ code: 'E2E_HANDSHAKE_FAILED' })
    expect([(await heard.end).code, pending.count, vi.getTimerCount()]).toEqual([4408, 0, 0])
  })

  it('spends one agreement of keys on a first message that is none', async () => {
    let agreements = 0
    const count = (): void => void agreements++
    const noise = { ...SERVER.noise, dh: (peer: Uint8Array) => (count(), SERVER.noise.dh(peer)) }
    const crypto: CryptoProvider = { ...nodeCrypto, generateKeyPair: () => (count(), nodeCrypto.generateKeyPair()) }
    const relay = {
      message: ({ bytes }: { bytes: Uint8Array }) => [
        Uint8Array.from(bytes, (byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte)),
      ],
    }
    await tell({ relay, server: { crypto, identity: { ...SERVER, noise } } })
    expect(agreements).toBe(1)
  })
})

describe('webtty e2e: servers that are not spoken to', () => {
  it('is told when the server does not answer in time, and closes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const relay = openEvilRelay()
    const client = secureClient(relay.client, clientOptions()).catch((error: unknown) => error)
    const heard = listen(relay.server)
    await vi.advanceTimersByTimeAsync(LIMITS.e2eHandshakeMs)
    expect(await client).toMatchObject({
      code: 'E2E_HANDSHAKE_FAILED',
      details: { problem: `it was not complete within ${LIMITS.e2eHandshakeMs / 1000} s` },
    })
    expect((await heard.end).code).toBe(4408)
  })

  it('tells a client without a pin that the server encrypts, and which key it claims', async () => {
    const relay = openEvilRelay()
    const served = secureServer(relay.server, serverOptions()).catch(() => undefined)
    const first = await new Promise<Uint8Array>((resolve) => {
      relay.client.sink = {
        message: (bytes) => resolve(copyOf(bytes)),
        drained: () => undefined,
        closed: () => undefined,
      }
      relay.client.resume()
    })
    expect(readAnnouncement(nodeCrypto, first)).toEqual(SERVER.endpoint)
    expect(readAnnouncement(nodeCrypto, utf8('\0\0\x02{}'))).toBeUndefined()
    expect(() => readAnnouncement(nodeCrypto, first.subarray(1 - 1, 20))).toThrow('malformed')
    relay.cut()
    await served
  })
})

describe('webtty e2e: those who are let in', () => {
  it.each([
    ['node:crypto on both sides', nodeCrypto, nodeCrypto],
    ['@noble on both sides', nobleCrypto, nobleCrypto],
    ['node:crypto to @noble', nodeCrypto, nobleCrypto],
    ['@noble to node:crypto', nobleCrypto, nodeCrypto],
  ])('by %s', async (_what, ours, theirs) => {
    verifies('e2e.suite')
    const seed = (byte: number, crypto: CryptoProvider): LocalIdentity =>
      identityFromSeed(crypto, new Uint8Array(32).fill(byte))
    const story = await tell({
      client: { crypto: ours, identity: seed(2, ours) },
      server: { crypto: theirs, identity: seed(1, theirs), projects: ['dev'] },
    })
    expect(story).toMatchObject({ started: true, client: 1000, server: 1000, serverHeard: ['one', 'two', 'three'] })
  })

  it('by an identity whose keys answer later, as those of a browser do', async () => {
    const later = async <T>(value: T): Promise<Awaited<T>> => {
      await new Promise((resolve) => setImmediate(resolve))
      return await value
    }
    const noise = { ...CLIENT.noise, dh: (peer: Uint8Array) => later(CLIENT.noise.dh(peer)) }
    const signer = { ...CLIENT.signer, sign: (text: Uint8Array) => later(CLIENT.signer.sign(text)) }
    expect(await tell({ client: { identity: { ...CLIENT, noise, signer } } })).toMatchObject({
      client: 1000,
      server: 1000,
    })
  })

  it('are told apart by name, fingerprint and roles; and go when they are taken off the list', async () => {
    verifies('e2e.authorized')
    let revoke: ((why: Revocation) => void) | undefined
    let held = 0
    const hold = (_: unknown, act: (why: Revocation) => void) => {
      revoke = act
      held++
      return () => void held--
    }
    const relay = openEvilRelay()
    const [{ carrier, client }, far] = await Promise.all([
      secureServer(relay.server, serverOptions({ clients: { ...listOf(CLIENT), hold } })),
      secureClient(relay.client, clientOptions()),
    ])
    expect(client).toEqual({ name: 'ann', roles: ['exec'], fingerprint: CLIENT.endpoint.fingerprint })
    const [here, there] = [listen(carrier), listen(far)]
    revoke?.('removed')
    expect([await there.end, await here.end]).toEqual([
      { code: 4411, reason: 'removed' },
      { code: 4411, reason: 'removed' },
    ])
    expect(held).toBe(0)
  })
})

describe('webtty e2e: why it ended', () => {
  const ends = { name: 'shell', client: CLIENT.endpoint }
  it.each([
    [1006, undefined],
    [4409, 'E2E_TAMPERED'],
    [4401, 'E2E_CLIENT_UNAUTHORIZED'],
    [4411, 'E2E_CLIENT_UNAUTHORIZED'],
    [4410, undefined],
    [1000, undefined],
    [4413, undefined],
  ])('%d is %s', (code, error) => {
    expect(endError({ code, reason: '' }, ends)?.code).toBe(error)
  })
})
