/** Holds the frozen vectors of e2e.md: whoever writes a peer from the page gets these bytes. */
import { readFileSync } from 'node:fs'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { prologueOf } from './channel/prologue.ts'
import { nobleCrypto } from './crypto/noble-crypto.ts'
import { nodeCrypto } from './crypto/node-crypto.ts'
import type { CryptoProvider } from './crypto/provider.ts'
import { listOf, tell } from './e2e.fixture.ts'
import { identityFromSeed } from './identity/local-identity.ts'

interface Vectors {
  readonly identities: readonly Readonly<
    Record<'role' | 'seed' | 'ed25519' | 'x25519' | 'text' | 'fingerprint', string>
  >[]
  readonly prologue: Readonly<Record<'project' | 'name' | 'nonce' | 'bytes', string>>
  readonly conversation: {
    readonly clientEphemeral: string
    readonly serverEphemeral: string
    readonly rekeyRecords: number
    readonly says: readonly string[]
    readonly client: readonly { readonly what: string; readonly bytes: string }[]
    readonly server: readonly { readonly what: string; readonly bytes: string }[]
  }
}

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex')
const { identities, prologue, conversation } = JSON.parse(
  readFileSync(new URL('../../vectors/e2e.json', import.meta.url), 'utf8'),
) as Vectors
const [server, client] = identities as [Vectors['identities'][number], Vectors['identities'][number]]

/** A provider whose ephemeral key and nonce are known. */
const fixed = (crypto: CryptoProvider, ephemeral: string): CryptoProvider => ({
  ...crypto,
  generateKeyPair: () => crypto.keyPair(bytes(ephemeral)),
  random: () => bytes(prologue.nonce),
})

describe.each([nodeCrypto, nobleCrypto])('webtty e2e vectors: $name', (crypto) => {
  it('has the identities', () => {
    const made = identities.map(({ role, seed }) => {
      const { ed25519, x25519, text, fingerprint } = identityFromSeed(crypto, bytes(seed)).endpoint
      return { role, seed, ed25519: hex(ed25519), x25519: hex(x25519), text, fingerprint }
    })
    expect(made).toEqual(identities)
  })

  it('has the prologue', () => {
    const { project, name, nonce } = prologue
    const made = prologueOf({ project, name, fingerprint: server.fingerprint, nonce: bytes(nonce) })
    expect(hex(made)).toBe(prologue.bytes)
  })

  it('has the conversation, its records and its new keys', async () => {
    verifies('e2e.suite')
    const us = identityFromSeed(crypto, bytes(client.seed))
    const them = identityFromSeed(crypto, bytes(server.seed))
    const { name, project } = prologue
    const story = await tell({
      says: conversation.says,
      limits: { e2eRekeyRecords: conversation.rekeyRecords },
      client: {
        ...{ crypto: fixed(crypto, conversation.clientEphemeral), identity: us },
        server: { identity: them.endpoint, name, project },
      },
      server: {
        ...{ crypto: fixed(crypto, conversation.serverEphemeral), identity: them, clients: listOf(us) },
        ...{ names: [name], projects: [project] },
      },
    })
    const from = (side: 'client' | 'server'): string[] =>
      story.relay.captured.filter((one) => one.from === side).map((one) => hex(one.bytes))
    expect(story).toMatchObject({ client: 1000, server: 1000 })
    expect(from('client')).toEqual(conversation.client.map((one) => one.bytes))
    expect(from('server')).toEqual(conversation.server.map((one) => one.bytes))
  })
})
