/** Owns the identities of this machine: one file each, which holds the seed and nobody else may read. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { failIn, parseJson } from '@towline/base'
import { AppError } from '@towline/protocol'
import { nodeCrypto } from '../crypto/node-crypto.ts'
import { identityFromSeed, type LocalIdentity } from '../identity/local-identity.ts'
import { EntryFields, isTrustName, validateTrustName } from './entry-file.ts'
import { changeTrustFile, readTrustFile, trustFolder } from './trust-file.ts'

/** What may be shown of an identity. */
export interface ShownIdentity {
  readonly name: string
  /** `wtyid1…`, for others to pin. */
  readonly endpointIdentity: string
  readonly fingerprint: string
  /** Integer seconds. */
  readonly createdAt: number
}

interface StoredIdentity {
  readonly name: string
  readonly createdAt: number
  readonly identity: LocalIdentity
}

const VERSION = 1
const SEED_BYTES = 32
const KEYS = ['version', 'name', 'seed', 'createdAt']
const SEED = /^[A-Za-z0-9_-]{43}$/

const folderOf = (home: string): string => join(trustFolder(home), 'identities')
const fileOf = (home: string, name: string): string =>
  join(folderOf(home), `${validateTrustName(name, '--identity')}.json`)
const nowSeconds = (): number => Math.floor(Date.now() / 1000)

/** Throws E2E_ENTRY_TAKEN, OPTION_INVALID, E2E_IDENTITY_UNSAFE. */
export const createIdentity = async (home: string, name: string): Promise<ShownIdentity> => {
  const text = freshIdentity(name)
  await changeTrustFile(home, {
    ...{ file: fileOf(home, name), kind: 'secret' },
    change: (before) => {
      if (before !== undefined) throw new AppError('E2E_ENTRY_TAKEN', { what: 'identity', name })
      return text
    },
  })
  return await showIdentity(home, name)
}

/** Replaces the keys of an identity; the old ones are gone. Others must pin the new ones, and a running server starts anew. */
export const rotateIdentity = async (
  home: string,
  name: string,
): Promise<{ readonly before: ShownIdentity; readonly now: ShownIdentity }> => {
  const file = fileOf(home, name)
  let before: ShownIdentity | undefined
  await changeTrustFile(home, {
    ...{ file, kind: 'secret' },
    change: (text) => {
      if (text === undefined) throw unknown(name)
      before = show(parseIdentity(text, file))
      return freshIdentity(name)
    },
  })
  return { before: before as ShownIdentity, now: await showIdentity(home, name) }
}

/** Throws E2E_IDENTITY_UNKNOWN, E2E_IDENTITY_UNSAFE, CONFIG_INVALID. */
export const showIdentity = async (home: string, name: string): Promise<ShownIdentity> => show(await load(home, name))

/** The keys themselves, to prove with. */
export const loadIdentity = async (home: string, name: string): Promise<LocalIdentity> =>
  (await load(home, name)).identity

/** By name. One that cannot be trusted fails the list: it is nothing to pass over. */
export const listIdentities = async (home: string): Promise<readonly ShownIdentity[]> => {
  const files = await readdir(folderOf(home)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw failIn(folderOf(home))('the folder', `it cannot be read (${error.code ?? 'unknown'})`)
  })
  const names = files.flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : []))
  return await Promise.all(
    names
      .filter(isTrustName)
      .toSorted()
      .map((name) => showIdentity(home, name)),
  )
}

const load = async (home: string, name: string): Promise<StoredIdentity> => {
  const file = fileOf(home, name)
  const text = await readTrustFile(home, { file, kind: 'secret' })
  if (text === undefined) throw unknown(name)
  return parseIdentity(text, file)
}

const show = ({ name, createdAt, identity: { endpoint } }: StoredIdentity): ShownIdentity => ({
  name,
  endpointIdentity: endpoint.text,
  fingerprint: endpoint.fingerprint,
  createdAt,
})

const freshIdentity = (name: string): string => {
  const seed = Buffer.from(nodeCrypto.random(SEED_BYTES)).toString('base64url')
  return `${JSON.stringify({ version: VERSION, name, seed, createdAt: nowSeconds() }, null, 2)}\n`
}

const parseIdentity = (text: string, file: string): StoredIdentity => {
  const fields = new EntryFields(parseJson(text), 'identity', failIn(file)).only(KEYS)
  if (fields.seconds('version') !== VERSION) throw fields.wrong('version')
  const name = fields.text('name', (value) => file.endsWith(`/${value}.json`))
  const seed = Buffer.from(
    fields.text('seed', (value) => SEED.test(value)),
    'base64url',
  )
  return { name, createdAt: fields.seconds('createdAt'), identity: identityFromSeed(nodeCrypto, seed) }
}

const unknown = (name: string): AppError => new AppError('E2E_IDENTITY_UNKNOWN', { name })
