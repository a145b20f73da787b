/** Owns the operations on the people of a workspace. Only an owner may name, change or remove owners. */
import { z } from '@hono/zod-openapi'
import { AppError, type Role } from '@towline/protocol'
import type { Kysely } from 'kysely'
import { goodCredentialsOf, revokeOfMember } from '../../credential/revoke.ts'
import type { Tables } from '../../store/schema.ts'
import { addUser, findUserByEmail, maySignIn } from '../../user/user-store.ts'
import { addMember, findMember, isMember, listMembers, removeMember, setRole } from '../../workspace/member-store.ts'
import { defineOperation } from '../operation.ts'
import { asPage, name, pageOf, paging, role, userId, workspaceId } from '../schemas/fields.ts'
import { added, member } from '../schemas/people.ts'

const params = z.strictObject({ workspaceId, userId })

export const membersList = defineOperation({
  id: 'members.list',
  method: 'get',
  path: '/workspaces/{workspaceId}/members',
  tag: 'Workspaces',
  summary: 'List members',
  description: 'The people of a workspace in the order they joined. Needs a login.',
  rules: [{ resource: 'control.members', action: 'read' }],
  at: 'workspace',
  params: z.strictObject({ workspaceId }),
  query: z.strictObject(paging),
  output: pageOf('members', member),
  risk: 'read',
  mcp: { name: 'towline_member_list' },
  run: async ({ place, db }, page) => asPage('members', await listMembers(db, place.workspace.id, page)),
})

export const membersAdd = defineOperation({
  id: 'members.add',
  method: 'post',
  path: '/workspaces/{workspaceId}/members',
  tag: 'Workspaces',
  summary: 'Add a member',
  description:
    'Lets a person into a workspace by email address. One who is new here gets a one-time link, which is shown once: ' +
    'hand it to that person only.',
  rules: [{ resource: 'control.members', action: 'create' }],
  at: 'workspace',
  params: z.strictObject({ workspaceId }),
  body: z
    .strictObject({ email: z.email().max(254), role, name: name.optional() })
    .openapi('NewMember', { description: 'Whom to add.', examples: [{ email: 'grace@example.com', role: 'member' }] }),
  output: added,
  status: 201,
  risk: 'write',
  idempotency: 'optional',
  secrets: ['inviteUrl'],
  mcp: { name: 'towline_member_add' },
  run: async ({ place, db, now, target }, { email, role: as, name: called }) => {
    requireOwner(place.role, as)
    const person = (await findUserByEmail(db, email)) ?? (await addUser(db, { email, name: called ?? email, now }))
    target(person.id)
    const key = { workspaceId: place.workspace.id, userId: person.id }
    // The link makes its holder the person, also where others let the person in before.
    const known = (await maySignIn(db, person.id)) || (await isMember(db, person.id))
    await addMember(db, key, { role: as, now })
    return { member: await findMember(db, key), workspaceId: place.workspace.id, invited: !known }
  },
  finish: async ({ inviteUrl }, output) => {
    if (!output.invited || !inviteUrl) return output
    const { email, name: called, role: as } = output.member
    const person = { email, name: called, role: as, workspaceId: output.workspaceId }
    return { ...output, inviteUrl: await inviteUrl(person) }
  },
})

export const membersSetRole = defineOperation({
  id: 'members.set-role',
  method: 'patch',
  path: '/workspaces/{workspaceId}/members/{userId}',
  tag: 'Workspaces',
  summary: "Change a member's role",
  description: 'Acts at once, also on what the person has open. A workspace keeps at least one owner.',
  rules: [{ resource: 'control.members', action: 'update' }],
  at: 'workspace',
  params,
  body: z.strictObject({ role }).openapi('RoleChange', { description: 'The new role.', examples: [{ role: 'admin' }] }),
  output: member,
  risk: 'policy',
  mcp: { name: 'towline_member_set_role' },
  run: async ({ place, db, now, services, after, target }, { userId: id, role: as }) => {
    target(id)
    const key = { workspaceId: place.workspace.id, userId: id }
    requireOwner(place.role, as, (await findMember(db, key)).role)
    await setRole(db, key, as)
    const shaken = await goodCredentialsOf(db, id, now)
    after(() => services.tellRevoked(shaken))
    return findMember(db, key)
  },
})

export const membersRemove = defineOperation({
  id: 'members.remove',
  method: 'delete',
  path: '/workspaces/{workspaceId}/members/{userId}',
  tag: 'Workspaces',
  summary: 'Remove a member',
  description:
    'Takes a person out of a workspace at once: what the person has open ends, and credentials the person made in its ' +
    'projects are revoked. A workspace keeps at least one owner.',
  rules: [{ resource: 'control.members', action: 'delete' }],
  at: 'workspace',
  params,
  output: member,
  risk: 'destructive',
  mcp: { name: 'towline_member_remove' },
  run: async ({ place, db, now, services, after, target }, { userId: id }) => {
    target(id)
    const key = { workspaceId: place.workspace.id, userId: id }
    const gone = await findMember(db, key)
    requireOwner(place.role, gone.role)
    await removeMember(db, key)
    const ended = await endAll(db, key, now)
    after(() => services.tellRevoked(ended))
    return gone
  },
})

/** Logins go on elsewhere, but whatever they have open here is looked at anew. */
const endAll = async (
  db: Kysely<Tables>,
  key: { readonly workspaceId: string; readonly userId: string },
  now: number,
): Promise<readonly string[]> => [
  ...(await revokeOfMember(db, key, now)),
  ...(await goodCredentialsOf(db, key.userId, now)),
]

const requireOwner = (own: Role | undefined, ...touched: readonly Role[]): void => {
  if (own !== 'owner' && touched.includes('owner')) throw new AppError('ROLE_NEEDED', { role: 'owner' })
}
