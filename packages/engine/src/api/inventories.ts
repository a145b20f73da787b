/** Owns the two inventories: tunnels and clients of the caller's project. */
import type { Client, Tunnel } from '@towline/protocol'
import { viewClient, viewTunnel } from '../access/views.ts'
import type { Api, ApiDeps } from './app.ts'
import { json, operation } from './operation.ts'
import { CLIENT_KEYS, pageOf, TUNNEL_KEYS } from './pages.ts'
import { clientPage, listQuery, tunnelPage } from './schemas.ts'

/** GET /api/engine/tunnels and /api/engine/clients. */
export const addInventories = (api: Api, deps: ApiDeps): void => {
  const { registry, limits } = deps
  const guard = { auth: deps, permission: 'tunnels.list' } as const
  const tunnels = operation(guard, {
    method: 'get',
    path: '/api/engine/tunnels',
    operationId: 'listTunnels',
    tags: ['Inventory'],
    summary: 'Tunnels, oldest first.',
    description: 'Pages of what the caller may see of its project; a filter narrows them (docs/protocol/filter.md).',
    request: { query: listQuery },
    responses: { 200: json(tunnelPage, 'A page.') },
  })
  api.openapi(tunnels, (context) => {
    const { principal } = context.var
    const view = ({ tunnel }: { tunnel: Tunnel }) => viewTunnel(principal, tunnel)
    const options = { limits, keys: TUNNEL_KEYS, view }
    const { views, ...rest } = pageOf(registry.tunnels(principal.projectId), context.req.valid('query'), options)
    return context.json({ tunnels: views, ...rest }, 200)
  })
  const clients = operation(guard, {
    method: 'get',
    path: '/api/engine/clients',
    operationId: 'listClients',
    tags: ['Inventory'],
    summary: 'Linked clients, oldest first.',
    description: 'Pages of the processes that serve tunnels of the project.',
    request: { query: listQuery },
    responses: { 200: json(clientPage, 'A page.') },
  })
  api.openapi(clients, (context) => {
    const { principal } = context.var
    const view = ({ client }: { client: Client }) => viewClient(principal, client)
    const options = { limits, keys: CLIENT_KEYS, view }
    const { views, ...rest } = pageOf(registry.clients(principal.projectId), context.req.valid('query'), options)
    return context.json({ clients: views, ...rest }, 200)
  })
}
