/** Owns the shapes of credentials of projects. */
import { boundary, permission, projectId, seconds } from './fields.ts'
import { z } from '../zod.ts'

export const credential = z
  .strictObject({
    id: z.string(),
    kind: z.enum(['owner', 'login', 'project', 'delegated', 'exchange']),
    name: z.string().optional(),
    projectId,
    permissions: z.array(permission).readonly(),
    resources: boundary.optional().openapi({ description: 'What it is for; absent is unbounded.' }),
    userId: z
      .string()
      .optional()
      .openapi({ description: 'Who made it; what the role of that person leaves is what it may do.' }),
    parentId: z.string().optional().openapi({ description: 'It ends with this one.' }),
    createdAt: seconds,
    lastUsedAt: seconds.optional(),
    expiresAt: seconds.optional(),
  })
  .openapi('Credential', {
    description: 'A credential of a project, without its token.',
    examples: [
      {
        id: 'crd_Jx3kP0vQ8sT2wYbZ5nLm4R',
        kind: 'project',
        name: 'ci',
        projectId: 'prj_0c5d8m2k1x9q7w3e',
        permissions: ['tunnels.create'],
        createdAt: 1_760_000_000,
        expiresAt: 1_767_776_000,
      },
    ],
  })

export const issued = z
  .strictObject({
    credential,
    token: z
      .string()
      .optional()
      .openapi({ description: 'Shown once: a repeated call with the same key leaves it away.' }),
  })
  .openapi('IssuedCredential', { description: 'A new token.' })

const permissions = z.array(permission).min(1)
const resources = boundary.optional().openapi({ description: "Narrowed to the caller's; absent is the caller's." })

export const newCredential = z
  .strictObject({
    projectId,
    name: z
      .string()
      .trim()
      .min(1)
      .max(128)
      .openapi({ description: 'What it is for, such as a device or a job.', examples: ['ci'] }),
    permissions,
    resources,
    ttlSeconds: z.int().min(1).optional().openapi({ description: '90 days when absent.' }),
  })
  .openapi('NewCredential', {
    description: 'A long-lived credential to make.',
    examples: [{ projectId: 'demo', name: 'ci', permissions: ['tunnels.create'], ttlSeconds: 2_592_000 }],
  })

export const delegation = z
  .strictObject({
    projectId,
    permissions,
    resources,
    ttlSeconds: z
      .int()
      .min(1)
      .openapi({ description: 'At most an hour.', examples: [300] }),
  })
  .openapi('Delegation', {
    description: 'A short-lived credential to make.',
    examples: [{ projectId: 'demo', permissions: ['tunnels.list'], ttlSeconds: 300 }],
  })
