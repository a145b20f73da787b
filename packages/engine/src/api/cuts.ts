/** Owns cutting a tunnel or client: the owner's side is told who did it and why, and does not come back by itself. */
import { AppError, printable, type Principal } from '@towline/protocol'
import { judge } from '../access/judge.ts'
import { type Deed, report } from '../access/report.ts'
import { viewHandled } from '../access/views.ts'
import type { Cut } from '../registry/registry.ts'
import type { Api, ApiDeps } from './app.ts'
import { json, operation } from './operation.ts'
import { clientSchema, cutBody, idParam, tunnelView } from './schemas.ts'

/** DELETE /api/engine/tunnels/{id} and /api/engine/clients/{id}. */
export const addCuts = (api: Api, deps: ApiDeps): void => {
  const guard = (action: string) => ({ auth: deps, permission: 'tunnels.cut', action }) as const
  const request = { params: idParam, body: { content: { 'application/json': { schema: cutBody } } } }
  const tunnel = operation(guard('tunnel.cut'), {
    method: 'delete',
    path: '/api/engine/tunnels/{id}',
    operationId: 'cutTunnel',
    tags: ['Cuts'],
    summary: 'Cut a tunnel, by id or name.',
    description:
      'Ends its streams; the side that serves it is told who did it and why, and does not come back by itself.',
    request,
    responses: { 200: json(tunnelView, 'The tunnel as it was.') },
  })
  api.openapi(tunnel, (context) => {
    const { principal, claim } = context.var
    const cut = cutBy(principal, context.req.valid('json'))
    const { id } = context.req.valid('param')
    refuseTunnel(deps, principal, id)
    const gone = deps.registry.cutTunnel(principal.projectId, id, cut)
    told(deps, principal, { action: 'tunnel.cut', target: gone.id, details: { reason: cut.reason }, claim })
    return context.json(viewHandled(principal, gone), 200)
  })
  const client = operation(guard('client.cut'), {
    method: 'delete',
    path: '/api/engine/clients/{id}',
    operationId: 'cutClient',
    tags: ['Cuts'],
    summary: 'Cut a client and its tunnels.',
    description: 'Ends its link and all its tunnels; the client is told who did it and why.',
    request,
    responses: { 200: json(clientSchema, 'The client as it was.') },
  })
  api.openapi(client, (context) => {
    const { principal, claim } = context.var
    const cut = cutBy(principal, context.req.valid('json'))
    const { id } = context.req.valid('param')
    if (!judge(principal, 'cutClient').allow) throw new AppError('NOT_FOUND', { what: 'client', id })
    const gone = deps.registry.cutClient(principal.projectId, id, cut)
    told(deps, principal, { action: 'client.cut', target: gone.id, details: { reason: cut.reason }, claim })
    return context.json(gone, 200)
  })
}

/** What is out of the boundary is not there. */
const refuseTunnel = ({ registry }: ApiDeps, principal: Principal, id: string): void => {
  const tunnel = registry.find(principal.projectId, id)?.tunnel
  if (tunnel && !judge(principal, 'cutTunnel', { tunnel }).allow)
    throw new AppError('NOT_FOUND', { what: 'tunnel', id })
}

/** The reason is shown to the owner, so it can neither break a terminal nor a log. */
const cutBy = ({ credentialId }: Principal, { reason }: { readonly reason?: string | undefined }): Cut => ({
  by: credentialId,
  reason: printable(reason ?? 'no reason was given'),
})

const told = (deps: ApiDeps, principal: Principal, deed: Deed): void => {
  report(deps, principal, deed)
  const { projectId: project, credentialId } = principal
  deps.log.info({ project, credentialId, action: deed.action, target: deed.target }, 'cut')
}
