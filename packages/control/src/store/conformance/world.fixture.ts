/** Owns what the parts of the conformance suite share: people, workspaces and projects, each new. */
import { randomText } from '@towline/base'
import { AppError } from '@towline/protocol'
import type { Kysely } from 'kysely'
import { addProject, type Project } from '../../project/project-store.ts'
import { addUser, type User } from '../../user/user-store.ts'
import { addWorkspace } from '../../workspace/workspace-store.ts'
import type { Page } from '../page.ts'
import type { Tables } from '../schema.ts'

/** The open database of the suite. */
export type Db = () => Kysely<Tables>

/** A moment, in integer seconds. */
export const NOW = 1_760_000_000

export const someUser = (db: Kysely<Tables>, now = NOW): Promise<User> =>
  addUser(db, { email: `${randomText(8)}@example.com`, name: 'Someone', now })

/** A name no other test has. */
export const someSlug = (): string => `s${randomText(10)}`

export interface World {
  readonly owner: User
  readonly workspaceId: string
  readonly project: Project
}

/** A workspace with its owner and a project. */
export const someWorld = async (db: Kysely<Tables>): Promise<World> => {
  const owner = await someUser(db)
  const workspace = await addWorkspace(db, { slug: someSlug(), name: 'W', ownerId: owner.id, now: NOW })
  const project = await addProject(db, { workspaceId: workspace.id, slug: someSlug(), now: NOW })
  return { owner, workspaceId: workspace.id, project }
}

/** The code of a refusal, or what was thrown instead. */
export const refused = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
    return 'nothing was refused'
  } catch (error) {
    return error instanceof AppError ? error.code : String(error)
  }
}

/** All items of all pages, and how many there were on each. */
export const allPages = async <T>(
  read: (cursor: string | undefined) => Promise<Page<T>>,
): Promise<{ readonly items: T[]; readonly sizes: number[] }> => {
  const items: T[] = []
  const sizes: number[] = []
  let cursor: string | undefined
  do {
    const page = await read(cursor)
    items.push(...page.items)
    sizes.push(page.items.length)
    cursor = page.next
  } while (cursor !== undefined)
  return { items, sizes }
}
