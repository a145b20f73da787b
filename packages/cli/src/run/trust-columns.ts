/** Owns how identities, authorized clients and known servers are shown in tables. */
import type { ShownClient, ShownIdentity, ShownServer } from '@towline/webtty'
import type { Column } from '../output/printers.ts'
import { when } from './tunnel-columns.ts'

export const IDENTITY_COLUMNS: readonly Column<ShownIdentity>[] = [
  { title: 'NAME', of: ({ name }) => name },
  { title: 'FINGERPRINT', of: ({ fingerprint }) => fingerprint },
  { title: 'MADE', of: ({ createdAt }) => when(createdAt) },
  { title: 'ENDPOINT IDENTITY', of: ({ endpointIdentity }) => endpointIdentity },
]

export const CLIENT_COLUMNS: readonly Column<ShownClient>[] = [
  { title: 'NAME', of: ({ name }) => name },
  { title: 'ROLES', of: ({ roles }) => roles.join(',') },
  {
    title: 'EXPIRES',
    of: ({ expiresAt, expired }) => (expiresAt === undefined ? '' : expired ? 'expired' : when(expiresAt)),
  },
  { title: 'FINGERPRINT', of: ({ fingerprint }) => fingerprint },
]

export const SERVER_COLUMNS: readonly Column<ShownServer>[] = [
  { title: 'NAME', of: ({ name }) => name },
  { title: 'PROJECT', of: ({ project = '' }) => project },
  { title: 'CLIENT IDENTITY', of: ({ clientIdentity }) => clientIdentity },
  { title: 'FINGERPRINT', of: ({ fingerprint }) => fingerprint },
]
