/** Owns the operations on the tunnel names that a project keeps for itself. */
import { z } from '@hono/zod-openapi'
import { listNames, releaseName, reserveName } from '../../domain/domain-store.ts'
import { defineOperation } from '../operation.ts'
import { asPage, endpoint, pageOf, paging, projectId } from '../schemas/fields.ts'
import { reservedName } from '../schemas/domains.ts'

const rule = (action: string) => [{ resource: 'control.domains', action }] as const

export const domainsList = defineOperation({
  id: 'domains.list',
  method: 'get',
  path: '/projects/{projectId}/domains',
  tag: 'Domains',
  summary: 'List reserved names',
  description: 'The tunnel names that a project keeps for itself, by name.',
  rules: [...rule('read')],
  at: 'project',
  params: z.strictObject({ projectId }),
  query: z.strictObject(paging),
  output: pageOf('domains', reservedName),
  risk: 'read',
  mcp: { name: 'towline_project_domain_list' },
  run: async ({ place, db, services }, page) => {
    const { items, next } = await listNames(db, place.project.id, page)
    const shown = items.map((one) => ({ ...one, host: `${one.name}.${place.project.slug}.${services.domain}` }))
    return asPage('domains', { items: shown, ...(next !== undefined && { next }) })
  },
})

export const domainsAdd = defineOperation({
  id: 'domains.add',
  method: 'post',
  path: '/projects/{projectId}/domains',
  tag: 'Domains',
  summary: 'Reserve a name',
  description:
    'Keeps a tunnel name for the project: no other project of this server may publish under it from now on. What another one ' +
    'has live under it stays until it ends. Private tunnels are free to use it, as nobody sees their names.',
  rules: [...rule('create')],
  at: 'project',
  params: z.strictObject({ projectId }),
  body: z
    .strictObject({ name: endpoint })
    .openapi('NewReservedName', { description: 'The name to keep.', examples: [{ name: 'web' }] }),
  output: reservedName,
  status: 201,
  risk: 'write',
  idempotency: 'optional',
  mcp: { name: 'towline_project_domain_add' },
  run: async ({ place, db, now, limits, services, target }, { name }) => {
    target(name)
    const made = await reserveName(db, place.project.id, { name, now, limits })
    return { ...made, host: `${name}.${place.project.slug}.${services.domain}` }
  },
})

export const domainsRemove = defineOperation({
  id: 'domains.remove',
  method: 'delete',
  path: '/projects/{projectId}/domains/{name}',
  tag: 'Domains',
  summary: 'Release a name',
  description: 'Gives a reserved name up: every project may publish under it again.',
  rules: [...rule('delete')],
  at: 'project',
  params: z.strictObject({ projectId, name: endpoint }),
  output: z.strictObject({ name: z.string() }).openapi('ReleasedName', { description: 'A name that was given up.' }),
  risk: 'destructive',
  mcp: { name: 'towline_project_domain_remove' },
  run: async ({ place, db, target }, { name }) => {
    target(name)
    await releaseName(db, place.project.id, name)
    return { name }
  },
})
