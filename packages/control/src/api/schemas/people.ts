/** Owns the shapes of who calls, workspaces and members. */
import { z } from '@hono/zod-openapi'
import { boundary, credentialId, name, permission, projectId, role, seconds, userId, workspaceId } from './fields.ts'

const person = z.strictObject({ id: userId, email: z.string(), name: z.string() })

export const identity = z
  .strictObject({
    kind: z.enum(['login', 'project']).openapi({ description: 'A person at a client, or a credential of a project.' }),
    credentialId,
    user: person.optional().openapi({ description: 'The person behind it.' }),
    project: z
      .strictObject({ id: projectId, endpoint: z.string(), workspaceId })
      .optional()
      .openapi({ description: 'The only project it acts in.' }),
    agent: z.string().optional().openapi({ description: 'The client that logged in.' }),
    permissions: z
      .array(permission)
      .readonly()
      .openapi({ description: 'What was granted; roles may leave less of it.' }),
    resources: boundary.optional().openapi({ description: 'What it is for; absent is unbounded.' }),
    expiresAt: seconds.optional(),
  })
  .openapi('Identity', {
    description: 'Who calls.',
    examples: [
      {
        kind: 'login',
        credentialId: 'crd_9f2k4m6p8r1t3v5x',
        user: { id: 'usr_9f2k4m6p8r1t3v5x', email: 'ada@example.com', name: 'Ada' },
        agent: 'towline-cli',
        permissions: ['tunnels.list', 'projects.read'],
        expiresAt: 1_775_000_000,
      },
    ],
  })

export const workspace = z
  .strictObject({
    id: workspaceId,
    slug: z.string(),
    name,
    role: role.optional().openapi({ description: 'Of the person who calls.' }),
    createdAt: seconds,
  })
  .openapi('Workspace', {
    description: 'What projects and people belong to.',
    examples: [{ id: 'wsp_first', slug: 'home', name: 'Home', role: 'owner', createdAt: 1_760_000_000 }],
  })

export const member = z
  .strictObject({ userId, email: z.string(), name: z.string(), role, createdAt: seconds })
  .openapi('Member', {
    description: 'A person in a workspace.',
    examples: [
      {
        userId: 'usr_9f2k4m6p8r1t3v5x',
        email: 'ada@example.com',
        name: 'Ada',
        role: 'owner',
        createdAt: 1_760_000_000,
      },
    ],
  })

export const added = z
  .strictObject({
    member,
    workspaceId,
    invited: z.boolean().openapi({ description: 'The person is new here and cannot sign in yet.' }),
    inviteUrl: z
      .string()
      .optional()
      .openapi({ description: 'One-time link for that person to choose a way to sign in. Shown once.' }),
  })
  .openapi('AddedMember', { description: 'A person who was added.' })
