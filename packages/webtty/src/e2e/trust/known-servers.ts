/** Owns the servers whose keys this machine has pinned. Nothing is pinned by itself: no trust on first use. */
import { join } from 'node:path'
import { AppError, validateName } from '@towline/protocol'
import { nodeCrypto } from '../crypto/node-crypto.ts'
import { parseEndpointIdentity } from '../identity/endpoint-identity.ts'
import type { ServerRef } from '../pin-errors.ts'
import { changeEntries, type EntryKind, isTrustName, readEntries, validateTrustName } from './entry-file.ts'
import { showIdentity } from './identities.ts'
import { trustFolder } from './trust-file.ts'

/** A pinned server. Project and name together are its key. */
export interface KnownServer {
  readonly name: string
  /** Slug or id; absent when the pin is for the name in whatever project. */
  readonly project?: string
  /** Endpoint identity. */
  readonly key: string
  /** The identity of this machine that proves itself there. */
  readonly clientIdentity: string
  /** Integer seconds. */
  readonly addedAt: number
}

export interface ShownServer extends KnownServer {
  readonly fingerprint: string
}

const PROJECT = /^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$/
const isProject = (project: string): boolean => PROJECT.test(project)
const isName = (name: string): boolean => {
  try {
    return validateName(name) === name
  } catch {
    return false
  }
}

const SERVERS: EntryKind<KnownServer> = {
  list: 'servers',
  keys: ['name', 'project', 'key', 'clientIdentity', 'addedAt'],
  read: (fields) => ({
    name: fields.text('name', isName),
    ...(fields.has('project') ? { project: fields.text('project', isProject) } : {}),
    key: fields.key('key'),
    clientIdentity: fields.text('clientIdentity', isTrustName),
    addedAt: fields.seconds('addedAt'),
  }),
  ids: ({ name, project = '' }) => [`${project}/${name}`],
}

const fileOf = (home: string): string => join(trustFolder(home), 'known-servers.json')

const isSame = (a: ServerRef, b: ServerRef): boolean => a.name === b.name && a.project === b.project

/**
 * Pins a server, or gives a pin of the same key another identity to prove. Throws E2E_ENTRY_TAKEN when another key is pinned,
 * E2E_KEY_INVALID, E2E_IDENTITY_UNKNOWN, NAME_INVALID, OPTION_INVALID, LIMIT_REACHED.
 */
export const addKnownServer = async (
  home: string,
  add: ServerRef & Pick<KnownServer, 'key' | 'clientIdentity'>,
): Promise<ShownServer> => {
  const { project } = add
  if (project !== undefined && !isProject(project))
    throw new AppError('OPTION_INVALID', { option: '--project', value: project, problem: 'it is no slug and no id' })
  const { text: key } = parseEndpointIdentity(nodeCrypto, add.key)
  const clientIdentity = validateTrustName(add.clientIdentity, '--client-identity')
  await showIdentity(home, clientIdentity)
  const ref = { name: validateName(add.name), ...(project === undefined ? {} : { project }) }
  const entry = { ...ref, key, clientIdentity, addedAt: Math.floor(Date.now() / 1000) }
  await changeEntries(home, {
    ...{ kind: SERVERS, file: fileOf(home) },
    change: (now) => {
      const before = now.find((one) => isSame(one, entry))
      if (before && before.key !== key) throw new AppError('E2E_ENTRY_TAKEN', { what: 'known server', name: add.name })
      return [...now.filter((one) => one !== before), entry]
    },
  })
  return shownServer(entry)
}

/** Throws NOT_FOUND. */
export const removeKnownServer = async (home: string, ref: ServerRef): Promise<ShownServer> => {
  let removed: KnownServer | undefined
  await changeEntries(home, {
    ...{ kind: SERVERS, file: fileOf(home) },
    change: (now) => {
      removed = now.find((one) => isSame(one, ref))
      if (!removed) throw new AppError('NOT_FOUND', { what: 'known server', id: ref.name })
      return now.filter((one) => one !== removed)
    },
  })
  return shownServer(removed as KnownServer)
}

export const listKnownServers = async (home: string): Promise<readonly ShownServer[]> =>
  (await readEntries(home, { kind: SERVERS, file: fileOf(home) })).map(shownServer)

const shownServer = (server: KnownServer): ShownServer => ({
  ...server,
  fingerprint: parseEndpointIdentity(nodeCrypto, server.key).fingerprint,
})
