/** Owns the operations that list, read, find, rename and delete projects. */
import { z } from '../zod.ts'
import { AppError, type Role } from '@towline/protocol'
import type { Kysely } from 'kysely'
import {
  deleteProject,
  findProject,
  findProjectById,
  listProjects,
  type Project,
  renameProject,
} from '../../project/project-store.ts'
import type { Tables } from '../../store/schema.ts'
import { findRole } from '../../workspace/member-store.ts'
import type { Caller } from '../caller.ts'
import { mayAt } from '../may.ts'
import { defineOperation } from '../operation.ts'
import { asPage, endpoint, name, pageOf, paging, projectId, workspaceId } from '../schemas/fields.ts'
import { project } from '../schemas/project.ts'
import { projectView } from '../project-view.ts'

const READ = [{ resource: 'control.projects', action: 'read' }] as const
const params = z.strictObject({ projectId })

export const projectsList = defineOperation({
  id: 'projects.list',
  method: 'get',
  path: '/projects',
  tag: 'Projects',
  summary: 'List projects',
  description: 'The projects that the caller can see, oldest first; those of one workspace when it is named.',
  rules: [...READ],
  at: 'caller',
  query: z.strictObject({ workspaceId: workspaceId.optional(), ...paging }),
  output: pageOf('projects', project),
  risk: 'read',
  mcp: { name: 'towline_project_list' },
  run: async ({ caller, db, services }, { workspaceId: of, limit, cursor }) => {
    const page = await pageFor(db, caller, { workspaceId: of, limit, cursor })
    const roles = new Map<string, Role | undefined>()
    const items: Project[] = []
    for (const one of page.items) if (await maySee(db, caller, { one, roles })) items.push(one)
    return asPage('projects', {
      items: items.map((one) => projectView(one, services)),
      ...(page.next !== undefined && { next: page.next }),
    })
  },
})

const pageFor = async (
  db: Kysely<Tables>,
  { userId, projectId: own }: Caller,
  query: { readonly workspaceId: string | undefined; readonly limit: number; readonly cursor: string | undefined },
): Promise<{ readonly items: readonly Project[]; readonly next?: string }> => {
  if (own === undefined && userId !== undefined) return listProjects(db, { ...query, memberId: userId })
  const only = own === undefined ? undefined : await findProjectById(db, own)
  return { items: only && (query.workspaceId ?? only.workspaceId) === only.workspaceId ? [only] : [] }
}

interface Seen {
  readonly one: Project
  /** Of the caller, by workspace, as they are found. */
  readonly roles: Map<string, Role | undefined>
}

const maySee = async (db: Kysely<Tables>, caller: Caller, { one, roles }: Seen): Promise<boolean> => {
  const { id, workspaceId: of } = one
  if (caller.userId !== undefined && !roles.has(of))
    roles.set(of, await findRole(db, { workspaceId: of, userId: caller.userId }))
  const role = roles.get(of)
  if (caller.userId !== undefined && role === undefined) return false
  return mayAt(READ, caller, { role, target: { workspaceId: of, projectId: id } })
}

export const projectsRead = defineOperation({
  id: 'projects.read',
  method: 'get',
  path: '/projects/{projectId}',
  tag: 'Projects',
  summary: 'Read a project',
  description: 'One project, by its id or its endpoint.',
  rules: [...READ],
  at: 'project',
  params,
  output: project,
  risk: 'read',
  mcp: { name: 'towline_project_get' },
  run: ({ place, services }) => projectView(place.project, services),
})

export const projectsResolve = defineOperation({
  id: 'projects.resolve',
  method: 'get',
  path: '/endpoints/{host}',
  tag: 'Projects',
  summary: 'Find the project of an endpoint',
  description: 'Takes an endpoint, or a host name of one of its tunnels, and answers the project.',
  rules: [...READ],
  at: 'caller',
  params: z.strictObject({
    host: z
      .string()
      .min(1)
      .max(253)
      .openapi({ description: 'An endpoint or host name.', examples: ['web.demo.towline.example'] }),
  }),
  output: project,
  risk: 'read',
  mcp: { name: 'towline_project_resolve' },
  run: async ({ caller, db, services }, { host }) => {
    const one = await findProject(db, endpointOf(host, services.domain))
    if (one && (await maySee(db, caller, { one, roles: new Map() }))) return projectView(one, services)
    throw new AppError('NOT_FOUND', { what: 'project', id: host.slice(0, 64) })
  },
})

/** The label before the domain; a bare label is itself. */
const endpointOf = (host: string, domain: string): string => {
  const name = host.toLowerCase().replace(/\.$/, '')
  const rest = name.endsWith(`.${domain}`) ? name.slice(0, -domain.length - 1) : name
  return rest.split('.').at(-1) ?? ''
}

export const projectsRename = defineOperation({
  id: 'projects.rename',
  method: 'patch',
  path: '/projects/{projectId}',
  tag: 'Projects',
  summary: 'Rename a project',
  description:
    'Gives it another name for people, or another endpoint. With another endpoint its tunnels get new host names, and ' +
    'the old ones stop leading to it.',
  rules: [{ resource: 'control.projects', action: 'update' }],
  at: 'project',
  params,
  body: z
    .strictObject({ name: name.optional(), endpoint: endpoint.optional() })
    .openapi('ProjectChange', { description: 'What changes.', examples: [{ name: 'Demo two' }] }),
  output: project,
  risk: 'write',
  mcp: { name: 'towline_project_update' },
  run: async ({ place, db, services }, { name: to, endpoint: slug }) => {
    if (to === undefined && slug === undefined) {
      throw new AppError('REQUEST_INVALID', { problem: 'name a new name or a new endpoint' })
    }
    return projectView(await renameProject(db, place.project.id, { name: to, slug }), services)
  },
})

export const projectsDelete = defineOperation({
  id: 'projects.delete',
  method: 'delete',
  path: '/projects/{projectId}',
  tag: 'Projects',
  summary: 'Delete a project',
  description:
    'Ends the project: its tunnels stop and its credentials are revoked at once. Its endpoint stays with the workspace.',
  rules: [{ resource: 'control.projects', action: 'delete' }],
  at: 'project',
  params,
  output: project,
  risk: 'destructive',
  mcp: { name: 'towline_project_delete' },
  run: async ({ place, db, now, services, after }) => {
    const revoked = await deleteProject(db, place.project.id, now)
    after(() => services.tellRevoked(revoked))
    return projectView(place.project, services)
  },
})
