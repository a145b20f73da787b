/** Owns what pins mean: whether to encrypt, to which key, as whom; decided before anything is dialed or sent. */
import { AppError } from '@towline/protocol'
import { encryptionMissing, type ServerRef, unknownServer } from '../pin-errors.ts'
import type { KnownServer } from './known-servers.ts'

/** What is known of a server before it is dialed. */
export interface PinQuestion<T extends KnownServer> extends ServerRef {
  readonly knownServers: readonly T[]
  /** What its labels say of encryption. A relay may lie in them: they can only make us stop, never go on. */
  readonly advertised?: 'required' | 'disabled' | undefined
}

/** Encrypt with this pin; or go in the clear, and stop with `unknownServer` if the server then says that it encrypts. */
export type Pin<T extends KnownServer> = { readonly pinned: T } | { readonly pinned?: never }

/** Throws E2E_SERVER_UNKNOWN, E2E_REQUIRED, E2E_SERVER_AMBIGUOUS. */
export const resolvePin = <T extends KnownServer>({
  knownServers,
  name,
  project,
  advertised,
}: PinQuestion<T>): Pin<T> => {
  const pinned = findPin(knownServers, { name, project })
  if (!pinned && advertised === 'required') throw unknownServer({ name, project })
  if (!pinned) return {}
  if (advertised === 'disabled') throw encryptionMissing(pinned)
  return { pinned }
}

/** The entry of this project before one that is for any; without a project, the only one of that name. */
const findPin = <T extends KnownServer>(servers: readonly T[], { name, project }: ServerRef): T | undefined => {
  const named = servers.filter((one) => one.name === name)
  const found = named.find((one) => one.project === project) ?? named.find((one) => one.project === undefined)
  if (project !== undefined && (found || !named.some((one) => mayBeSame(one.project, project)))) return found
  if (project === undefined && named.length < 2) return named[0]
  const projects = named.map((one) => one.project ?? '(any)').join(', ')
  throw new AppError('E2E_SERVER_AMBIGUOUS', { name, projects })
}

/** A slug and an id may be of one project: to take them for two would lead past the pin, into the clear. */
const mayBeSame = (pinned: string | undefined, asked: string): boolean =>
  pinned !== undefined && isId(pinned) !== isId(asked)

const isId = (project: string): boolean => project.startsWith('prj_')
