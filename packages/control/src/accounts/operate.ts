/** Owns what the operator may do about people: what changes counts at once for all that they hold open. */
import { AppError, type Role } from '@towline/protocol'
import type { Kysely } from 'kysely'
import type { StoreAuthority } from '../authority.ts'
import { type Keeping, keepOperator } from '../audit/keep.ts'
import { revokeOfUser } from '../credential/revoke.ts'
import type { Tables } from '../store/schema.ts'
import { disableUser, findUserByEmail, type User } from '../user/user-store.ts'
import { removeMember, setRole } from '../workspace/member-store.ts'
import { FIRST_WORKSPACE } from '../workspace/workspace-store.ts'

export interface PeopleDeps extends Keeping {
  readonly authority: Pick<StoreAuthority, 'tellRevoked'>
  /** Integer seconds. */
  readonly now: () => number
}

export interface People {
  /** Keeps a person out from now on, with all their sessions and credentials; answers the ids of these. Throws NOT_FOUND. */
  disableUser(email: string): Promise<readonly string[]>
  /** Gives a person another role in the first workspace, or none; it counts at once. Throws NOT_FOUND or LAST_OWNER. */
  setRole(email: string, role: Role | undefined): Promise<void>
  /** A person's roles have changed: what their credentials hold open ends, and is judged anew when it comes back. */
  recheck(userId: string): Promise<void>
}

export const createPeople = (deps: PeopleDeps): People => {
  const { db, authority, now } = deps
  const recheck = async (userId: string): Promise<void> => {
    const ids = await db.selectFrom('credentials').select('id').where('user_id', '=', userId).execute()
    authority.tellRevoked(ids.map(({ id }) => id))
  }
  return {
    recheck,
    async disableUser(email) {
      const { id } = await found(db, email)
      await disableUser(db, id, now())
      const revoked = await revokeOfUser(db, id, now())
      authority.tellRevoked(revoked)
      await keepOperator(deps, { action: 'account.disable', target: id })
      return revoked
    },
    async setRole(email, role) {
      const { id: userId } = await found(db, email)
      const key = { workspaceId: FIRST_WORKSPACE, userId }
      await (role === undefined ? removeMember(db, key) : setRole(db, key, role))
      await recheck(userId)
      const action = role === undefined ? 'members.remove' : 'members.set-role'
      const details = role === undefined ? {} : { role }
      await keepOperator(deps, { action, workspaceId: FIRST_WORKSPACE, target: userId, details })
    },
  }
}

const found = async (db: Kysely<Tables>, email: string): Promise<User> => {
  const user = await findUserByEmail(db, email)
  if (!user) throw new AppError('NOT_FOUND', { what: 'user', id: email.slice(0, 128) })
  return user
}
