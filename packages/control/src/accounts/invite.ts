/** Owns letting further people in: by a role in a workspace, before they have a way to sign in. */
import type { Role } from '@towline/protocol'
import type { Kysely } from 'kysely'
import type { Tables } from '../store/schema.ts'
import { inTransaction } from '../store/transaction.ts'
import { addUser, findUserByEmail } from '../user/user-store.ts'
import { addMember, findRole } from '../workspace/member-store.ts'

export interface Invited {
  readonly email: string
  readonly name: string
  readonly role: Role
  readonly workspaceId: string
}

/** Answers the id of the person, who is made when there is none; a role that is there already stays. */
export const addInvited = (
  db: Kysely<Tables>,
  { email, name, role, workspaceId }: Invited,
  now: number,
): Promise<string> =>
  inTransaction(db, async (step) => {
    const { id: userId } = (await findUserByEmail(step, email)) ?? (await addUser(step, { email, name, now }))
    const known = await findRole(step, { workspaceId, userId })
    if (known === undefined) await addMember(step, { workspaceId, userId }, { role, now })
    return userId
  })
