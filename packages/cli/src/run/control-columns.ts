/** Owns how workspaces, people, projects and credentials are shown in tables. */
import type { CredentialView, MemberView, ProjectView, WorkspaceView } from '@towline/protocol'
import type { Column } from '../output/printers.ts'
import { when } from './tunnel-columns.ts'

/** Absent stays empty. */
const maybe = (seconds: number | undefined): string => (seconds === undefined ? '' : when(seconds))

export const WORKSPACE_COLUMNS: readonly Column<WorkspaceView>[] = [
  { title: 'SLUG', of: ({ slug }) => slug },
  { title: 'NAME', of: ({ name }) => name },
  { title: 'ROLE', of: ({ role }) => role },
  { title: 'SINCE', of: ({ createdAt }) => when(createdAt) },
  { title: 'ID', of: ({ id }) => id },
]

export const MEMBER_COLUMNS: readonly Column<MemberView>[] = [
  { title: 'EMAIL', of: ({ email }) => email },
  { title: 'NAME', of: ({ name }) => name },
  { title: 'ROLE', of: ({ role }) => role },
  { title: 'SINCE', of: ({ createdAt }) => when(createdAt) },
  { title: 'ID', of: ({ userId }) => userId },
]

export const PROJECT_COLUMNS: readonly Column<ProjectView>[] = [
  { title: 'ENDPOINT', of: ({ endpoint }) => endpoint },
  { title: 'NAME', of: ({ name }) => name },
  { title: 'HOST', of: ({ host }) => host },
  { title: 'PLAN', of: ({ plan }) => plan },
  { title: 'SINCE', of: ({ createdAt }) => when(createdAt) },
  { title: 'ID', of: ({ id }) => id },
]

export const CREDENTIAL_COLUMNS: readonly Column<CredentialView>[] = [
  { title: 'ID', of: ({ id }) => id },
  { title: 'KIND', of: ({ kind }) => kind },
  { title: 'NAME', of: ({ name }) => name },
  { title: 'PERMISSIONS', of: ({ permissions }) => permissions.join(',') },
  { title: 'MADE', of: ({ createdAt }) => when(createdAt) },
  { title: 'LAST USED', of: ({ lastUsedAt }) => maybe(lastUsedAt) },
  { title: 'EXPIRES', of: ({ expiresAt }) => maybe(expiresAt) },
]
