/** Owns the lists of clients that a server's identity lets in: one file for each identity. */
import { join } from 'node:path'
import { AppError } from '@towline/protocol'
import { nodeCrypto } from '../crypto/node-crypto.ts'
import { parseEndpointIdentity } from '../identity/endpoint-identity.ts'
import { changeEntries, type EntryKind, isTrustName, readEntries, validateTrustName } from './entry-file.ts'
import { trustFolder } from './trust-file.ts'

/** What a client may do, beyond being let in. */
export const CLIENT_ROLES = ['exec', 'pty', 'spectate', 'control'] as const
export type ClientRole = (typeof CLIENT_ROLES)[number]

/** A client that is let in. Times are integer seconds. */
export interface AuthorizedClient {
  readonly name: string
  /** Endpoint identity. */
  readonly key: string
  readonly roles: readonly ClientRole[]
  readonly addedAt: number
  readonly expiresAt?: number
}

export interface ShownClient extends AuthorizedClient {
  readonly fingerprint: string
  readonly expired: boolean
}

const DEFAULT_ROLES: readonly ClientRole[] = ['exec', 'pty']
const nowSeconds = (): number => Math.floor(Date.now() / 1000)

export const CLIENTS: EntryKind<AuthorizedClient> = {
  list: 'clients',
  keys: ['name', 'key', 'roles', 'addedAt', 'expiresAt'],
  read: (fields) => ({
    name: fields.text('name', isTrustName),
    key: fields.key('key'),
    roles: fields.words('roles', CLIENT_ROLES) as ClientRole[],
    addedAt: fields.seconds('addedAt'),
    ...(fields.has('expiresAt') ? { expiresAt: fields.seconds('expiresAt') } : {}),
  }),
  ids: ({ name, key }) => [`name ${name}`, `key ${key}`],
}

export const clientsFile = (home: string, identity: string): string =>
  join(trustFolder(home), 'authorized-clients', `${validateTrustName(identity, '--identity')}.json`)

export const isExpired = ({ expiresAt }: AuthorizedClient, now = nowSeconds()): boolean =>
  expiresAt !== undefined && expiresAt <= now

export interface AddClient {
  /** The server's identity. */
  readonly identity: string
  readonly name: string
  readonly key: string
  /** Default `exec` and `pty`. */
  readonly roles?: readonly ClientRole[]
  readonly expiresAt?: number
}

/**
 * Adds a client, or gives one with the same name and key other roles and another end. Throws E2E_ENTRY_TAKEN,
 * E2E_KEY_INVALID, OPTION_INVALID, LIMIT_REACHED.
 */
export const addAuthorizedClient = async (home: string, add: AddClient): Promise<ShownClient> => {
  const name = validateTrustName(add.name, '--name')
  const { text: key } = parseEndpointIdentity(nodeCrypto, add.key)
  const roles = CLIENT_ROLES.filter((role) => (add.roles ?? DEFAULT_ROLES).includes(role))
  const { expiresAt } = add
  const entry = { name, key, roles, addedAt: nowSeconds(), ...(expiresAt === undefined ? {} : { expiresAt }) }
  await changeEntries(home, {
    ...{ kind: CLIENTS, file: clientsFile(home, add.identity) },
    change: (now) => {
      const taken = now.find((one) => (one.name === name) !== (one.key === key))
      if (taken) throw new AppError('E2E_ENTRY_TAKEN', { what: 'authorized client', name: taken.name })
      return [...now.filter((one) => one.name !== name), entry]
    },
  })
  return shownClient(entry)
}

/** By name, key or fingerprint; a running server lets it go within a second. Throws NOT_FOUND. */
export const removeAuthorizedClient = async (
  home: string,
  { identity, client }: { readonly identity: string; readonly client: string },
): Promise<ShownClient> => {
  let removed: ShownClient | undefined
  await changeEntries(home, {
    ...{ kind: CLIENTS, file: clientsFile(home, identity) },
    change: (now) => {
      removed = now.map(shownClient).find(({ name, key, fingerprint }) => [name, key, fingerprint].includes(client))
      if (!removed) throw new AppError('NOT_FOUND', { what: 'authorized client', id: client })
      return now.filter(({ key }) => key !== removed?.key)
    },
  })
  return removed as ShownClient
}

export const listAuthorizedClients = async (home: string, identity: string): Promise<readonly ShownClient[]> =>
  (await readEntries(home, { kind: CLIENTS, file: clientsFile(home, identity) })).map(shownClient)

const shownClient = (client: AuthorizedClient): ShownClient => ({
  ...client,
  fingerprint: parseEndpointIdentity(nodeCrypto, client.key).fingerprint,
  expired: isExpired(client),
})
