/** Owns the operation that tells a caller who it is. */
import { SELF_RULE } from '@towline/protocol'
import { findProjectById } from '../../project/project-store.ts'
import { findUser } from '../../user/user-store.ts'
import { defineOperation } from '../operation.ts'
import { identity } from '../schemas/people.ts'

export const whoami = defineOperation({
  id: 'whoami',
  method: 'get',
  path: '/whoami',
  tag: 'Identity',
  summary: 'Who am I?',
  description: 'Tells whose credential the token is, and what it may do. Any permission will do.',
  rules: [SELF_RULE],
  at: 'caller',
  output: identity,
  risk: 'read',
  mcp: { name: 'towline_whoami' },
  run: async ({ caller, db }) => {
    const { credentialId, userId, projectId, agent, permissions, resources, expiresAt } = caller
    const user = userId === undefined ? undefined : await findUser(db, userId)
    const project = projectId === undefined ? undefined : await findProjectById(db, projectId)
    return {
      kind: projectId === undefined ? ('login' as const) : ('project' as const),
      credentialId,
      permissions: [...permissions],
      ...(user && { user: { id: user.id, email: user.email, name: user.name } }),
      ...(project && { project: { id: project.id, endpoint: project.slug, workspaceId: project.workspaceId } }),
      ...(agent !== undefined && { agent }),
      ...(resources && { resources: { ...resources } }),
      ...(expiresAt !== undefined && { expiresAt }),
    }
  },
})
