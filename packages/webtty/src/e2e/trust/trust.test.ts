/** Proves the files of trust: what is refused, and that they are changed whole and one at a time. */
import { chmod, chown, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LIMITS } from '@towline/protocol'
import { type TempFolder, tempFolder } from '@towline/testkit/temp-folder'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nodeCrypto } from '../crypto/node-crypto.ts'
import { identityFromSeed } from '../identity/local-identity.ts'
import { addAuthorizedClient, listAuthorizedClients, removeAuthorizedClient } from './authorized-clients.ts'
import { createIdentity, listIdentities, loadIdentity, rotateIdentity, showIdentity } from './identities.ts'
import { addKnownServer, listKnownServers, removeKnownServer } from './known-servers.ts'

let folder: TempFolder
let home: string
beforeEach(() => {
  folder = tempFolder('trust')
  home = folder.path
})
afterEach(() => folder.remove())

const at = (...parts: string[]): string => join(home, 'webtty', ...parts)
const IDENTITY = (): string => at('identities', 'mine.json')
const CLIENTS = (): string => at('authorized-clients', 'mine.json')
const SERVERS = (): string => at('known-servers.json')
const keyOf = async (name: string): Promise<string> => (await createIdentity(home, name)).endpointIdentity
const keyAt = (n: number): string =>
  identityFromSeed(nodeCrypto, new Uint8Array(32).fill(n).fill(n >> 8, 1)).endpoint.text
const asRoot = process.geteuid?.() === 0

describe('webtty trust: files that are refused', () => {
  const readers: readonly (readonly [string, () => string, () => Promise<unknown>])[] = [
    ['an identity', IDENTITY, () => showIdentity(home, 'mine')],
    ['a list of clients', CLIENTS, () => listAuthorizedClients(home, 'mine')],
    ['the known servers', SERVERS, () => listKnownServers(home)],
  ]
  const fill = async (): Promise<void> => {
    const key = await keyOf('mine')
    await addAuthorizedClient(home, { identity: 'mine', name: 'ann', key })
    await addKnownServer(home, { name: 'shell', key, clientIdentity: 'mine' })
  }
  const refused = { code: 'E2E_IDENTITY_UNSAFE' }

  it.each(readers)('%s that others may write, behind a link, or no file', async (_what, file, read) => {
    verifies('e2e.identity')
    await fill()
    expect(await read()).toBeTruthy()
    await chmod(file(), 0o620)
    await expect(read()).rejects.toMatchObject({
      ...refused,
      details: { file: file(), problem: expect.stringContaining(`chmod 600 ${file()}`) },
    })
    await chmod(file(), 0o600)
    await rename(file(), `${file()}.real`)
    await symlink(`${file()}.real`, file())
    await expect(read()).rejects.toMatchObject({ ...refused, details: { problem: 'it is a link' } })
    await rename(file(), `${file()}.link`)
    await mkdir(file())
    await expect(read()).rejects.toMatchObject({ ...refused, details: { problem: 'it is not a file' } })
  })

  it.each(readers)(
    '%s in a folder that others may write, or that belongs to somebody else',
    async (_what, file, read) => {
      verifies('e2e.identity')
      await fill()
      for (const path of [at(), home]) {
        await chmod(path, 0o770)
        await expect(read()).rejects.toMatchObject({ ...refused, details: { file: path } })
        await chmod(path, 0o700)
        if (!asRoot) continue
        await chown(path, 1234, 1234)
        await expect(read()).rejects.toMatchObject({ ...refused, details: { problem: 'it belongs to somebody else' } })
        await chown(path, 0, 0)
      }
      if (asRoot) await chown(file(), 1234, 1234)
      if (asRoot) await expect(read()).rejects.toMatchObject(refused)
    },
  )

  it('an identity that others may read', async () => {
    verifies('e2e.identity')
    await createIdentity(home, 'mine')
    for (const mode of [0o640, 0o604, 0o610]) {
      await chmod(IDENTITY(), mode)
      await expect(loadIdentity(home, 'mine')).rejects.toMatchObject(refused)
      await expect(listIdentities(home)).rejects.toMatchObject(refused)
    }
  })

  it.each([
    ['is not JSON', '{', 'the whole file'],
    ['is of another version', '{"version":2,"clients":[]}', 'version'],
    ['has an unknown key', '{"version":1,"clients":[],"all":true}', 'all'],
    ['holds no list', '{"version":1,"clients":{}}', 'clients'],
    [
      'has a client without a key',
      '{"version":1,"clients":[{"name":"a","roles":["exec"],"addedAt":1}]}',
      'clients[0].key',
    ],
    [
      'has a key that was mistyped',
      '{"version":1,"clients":[{"name":"a","key":"wtyid1x","roles":["exec"],"addedAt":1}]}',
      'clients[0].key',
    ],
  ])('a list of clients that %s', async (_why, text, key) => {
    verifies('e2e.authorized')
    await fill()
    await writeFile(CLIENTS(), text)
    await expect(listAuthorizedClients(home, 'mine')).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: { key },
    })
    await expect(addAuthorizedClient(home, { identity: 'mine', name: 'b', key: await keyOf('b') })).rejects.toThrow()
    expect(await readFile(CLIENTS(), 'utf8')).toBe(text)
  })

  it('a client with a role that is none, one that is there twice, and one too many', async () => {
    const key = await keyOf('mine')
    await addAuthorizedClient(home, { identity: 'mine', name: 'ann', key })
    const text = await readFile(CLIENTS(), 'utf8')
    await writeFile(CLIENTS(), text.replace('"exec"', '"root"'))
    await expect(listAuthorizedClients(home, 'mine')).rejects.toMatchObject({ details: { key: 'clients[0].roles' } })
    const [entry] = (JSON.parse(text) as { clients: object[] }).clients
    await writeFile(CLIENTS(), JSON.stringify({ version: 1, clients: [entry, { ...entry, name: 'bob' }] }))
    await expect(listAuthorizedClients(home, 'mine')).rejects.toMatchObject({
      details: { key: 'clients', problem: 'an entry is there twice' },
    })
    const full = Array.from({ length: LIMITS.e2eEntries }, (_, n) => ({ ...entry, name: `c${n}`, key: keyAt(n) }))
    await writeFile(CLIENTS(), JSON.stringify({ version: 1, clients: full }))
    const more = { identity: 'mine', name: 'more', key: await keyOf('more') }
    await expect(addAuthorizedClient(home, more)).rejects.toMatchObject({ code: 'LIMIT_REACHED' })
  })
})

describe('webtty trust: identities', () => {
  it('refuses names that are paths, and names that are taken or unknown', async () => {
    verifies('e2e.identity')
    for (const name of ['../x', '', '.x', 'a/b', 'a'.repeat(64)])
      await expect(createIdentity(home, name)).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    await createIdentity(home, 'mine')
    const before = await readFile(IDENTITY(), 'utf8')
    await expect(createIdentity(home, 'mine')).rejects.toMatchObject({ code: 'E2E_ENTRY_TAKEN' })
    expect(await readFile(IDENTITY(), 'utf8')).toBe(before)
    await expect(showIdentity(home, 'other')).rejects.toMatchObject({ code: 'E2E_IDENTITY_UNKNOWN' })
    await expect(rotateIdentity(home, 'other')).rejects.toMatchObject({ code: 'E2E_IDENTITY_UNKNOWN' })
  })

  it('keeps one private file each, and shows no secret', async () => {
    verifies('e2e.identity')
    const shown = await createIdentity(home, 'mine')
    await createIdentity(home, 'also')
    expect(await readdir(at('identities'))).toEqual(['also.json', 'mine.json'])
    expect((await stat(IDENTITY())).mode & 0o777).toBe(0o600)
    const { seed } = JSON.parse(await readFile(IDENTITY(), 'utf8')) as { seed: string }
    expect(JSON.stringify(await listIdentities(home))).not.toContain(seed)
    expect((await listIdentities(home)).map(({ name }) => name)).toEqual(['also', 'mine'])
    expect((await loadIdentity(home, 'mine')).endpoint.text).toBe(shown.endpointIdentity)
  })

  it('rotates to other keys and tells both', async () => {
    verifies('e2e.identity')
    const first = await createIdentity(home, 'mine')
    const { before, now } = await rotateIdentity(home, 'mine')
    expect(before).toEqual(first)
    expect(now.fingerprint).not.toBe(first.fingerprint)
    expect(await showIdentity(home, 'mine')).toEqual(now)
  })
})

describe('webtty trust: clients and servers', () => {
  it('adds, changes and removes clients; never replaces a key silently', async () => {
    verifies('e2e.authorized')
    const [key, other] = [await keyOf('mine'), await keyOf('other')]
    const added = await addAuthorizedClient(home, { identity: 'mine', name: 'ann', key })
    expect(added).toMatchObject({ name: 'ann', key, roles: ['exec', 'pty'], expired: false })
    for (const taken of [
      { name: 'ann', key: other },
      { name: 'bob', key },
    ])
      await expect(addAuthorizedClient(home, { identity: 'mine', ...taken })).rejects.toMatchObject({
        code: 'E2E_ENTRY_TAKEN',
      })
    await addAuthorizedClient(home, { identity: 'mine', name: 'ann', key, roles: ['exec'], expiresAt: 1 })
    expect(await listAuthorizedClients(home, 'mine')).toMatchObject([{ roles: ['exec'], expiresAt: 1, expired: true }])
    expect(await listAuthorizedClients(home, 'other')).toEqual([])
    await removeAuthorizedClient(home, { identity: 'mine', client: added.fingerprint })
    await expect(removeAuthorizedClient(home, { identity: 'mine', client: 'ann' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  it('keeps every client that several add at once', async () => {
    const keys = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(async (name) => ({ name, key: await keyOf(name) })))
    await Promise.all(keys.map((one) => addAuthorizedClient(home, { identity: 'mine', ...one })))
    expect((await listAuthorizedClients(home, 'mine')).map(({ name }) => name).toSorted()).toEqual([
      'a',
      'b',
      'c',
      'd',
      'e',
    ])
    expect(await readdir(at('authorized-clients'))).toEqual(['mine.json'])
  })

  it('pins servers by project and name, with the identity to prove; never replaces a key silently', async () => {
    verifies('e2e.known')
    const [key, other] = [await keyOf('mine'), await keyOf('other')]
    await expect(addKnownServer(home, { name: 'shell', key, clientIdentity: 'gone' })).rejects.toMatchObject({
      code: 'E2E_IDENTITY_UNKNOWN',
    })
    await expect(addKnownServer(home, { name: 'shell', key: 'x', clientIdentity: 'mine' })).rejects.toMatchObject({
      code: 'E2E_KEY_INVALID',
    })
    await addKnownServer(home, { name: 'shell', key, clientIdentity: 'mine' })
    await addKnownServer(home, { name: 'shell', project: 'dev', key: other, clientIdentity: 'mine' })
    await expect(addKnownServer(home, { name: 'shell', key: other, clientIdentity: 'mine' })).rejects.toMatchObject({
      code: 'E2E_ENTRY_TAKEN',
    })
    await addKnownServer(home, { name: 'shell', key, clientIdentity: 'other' })
    expect(await listKnownServers(home)).toMatchObject([
      { name: 'shell', project: 'dev', key: other, clientIdentity: 'mine' },
      { name: 'shell', key, clientIdentity: 'other' },
    ])
    expect(await removeKnownServer(home, { name: 'shell' })).toMatchObject({ key })
    await expect(removeKnownServer(home, { name: 'shell' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})
