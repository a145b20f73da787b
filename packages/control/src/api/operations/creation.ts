/** Owns the operations that make projects: what can be had, and having it once. */
import { z } from '../zod.ts'
import { AppError } from '@towline/protocol'
import type { Kysely } from 'kysely'
import { addCheckout } from '../../checkout/checkout-store.ts'
import { creationOptions, type PlanOption } from '../../payment/creation-options.ts'
import { makeProject, type ProjectRequest } from '../../payment/make-project.ts'
import { sameSeal } from '../../payment/seal.ts'
import { findProject } from '../../project/project-store.ts'
import type { Tables } from '../../store/schema.ts'
import { lockWorkspace } from '../../workspace/workspace-store.ts'
import { checkoutView } from '../checkout-view.ts'
import { defineOperation, type RunContext } from '../operation.ts'
import { projectView } from '../project-view.ts'
import { created, newProject, options } from '../schemas/creation.ts'
import { workspaceId } from '../schemas/fields.ts'

const CREATE = [
  { resource: 'control.projects', action: 'create' },
  { resource: 'control.checkouts', action: 'create' },
] as const

export const projectsOptions = defineOperation({
  id: 'projects.options',
  method: 'get',
  path: '/workspaces/{workspaceId}/creation-options',
  tag: 'Projects',
  summary: 'Read creation options',
  description:
    'The plans, whether each can be had, what it costs, what happens next, and the fingerprint that creating needs. Show ' +
    'them to a person before you create anything that is charged.',
  rules: [...CREATE],
  at: 'workspace',
  params: z.strictObject({ workspaceId }),
  output: options,
  risk: 'read',
  mcp: { name: 'towline_project_creation_options' },
  run: ({ place, db, now, services }) => creationOptions(db, place.workspace.id, { ...services, now }),
})

export const projectsCreate = defineOperation({
  id: 'projects.create',
  method: 'post',
  path: '/projects',
  tag: 'Projects',
  summary: 'Create a project',
  description:
    'Makes a project, or begins a checkout when its plan is charged. Needs the fingerprint of the creation options and an ' +
    'idempotency key: the same key and body answer the same project, another body is refused, and so is a fingerprint of ' +
    'options that have changed (STALE_PREVIEW).',
  rules: [...CREATE],
  at: 'workspace',
  body: newProject,
  output: created,
  status: 201,
  risk: 'paid',
  idempotency: 'required',
  unaudited: ['creationFingerprint'],
  mcp: { name: 'towline_project_create' },
  run: async (context, { creationFingerprint: shown, ...asked }) => {
    const { place, db, now, services, target } = context
    const { id } = place.workspace
    await lockWorkspace(db, id)
    const current = await creationOptions(db, id, { ...services, now })
    if (!sameSeal(current.creationFingerprint, shown)) throw new AppError('STALE_PREVIEW')
    const request: ProjectRequest = { ...asked, workspaceId: id }
    if (chosen(current.plans, asked.plan).billing.charged) return begin(context, request, shown)
    const project = await makeProject(db, request, now)
    target(project.id)
    return { action: 'created' as const, project: projectView(project, services) }
  },
})

const chosen = (plans: readonly PlanOption[], plan: string): PlanOption => {
  const found = plans.find((one) => one.plan === plan)
  if (!found) throw new AppError('PLAN_UNAVAILABLE', { plan: plan.slice(0, 64), problem: 'there is no such plan' })
  if (!found.available)
    throw new AppError('PLAN_UNAVAILABLE', { plan, problem: found.unavailable?.reason ?? 'it is full' })
  return found
}

const begin = async (
  { db, now, limits, services, target }: RunContext<'workspace'>,
  request: ProjectRequest,
  fingerprint: string,
) => {
  await refuseTaken(db, request.endpoint)
  const { workspaceId: of, plan } = request
  const expiresAt = now + limits.checkoutSeconds
  const checkout = await addCheckout(db, { workspaceId: of, plan, fingerprint, request, now, expiresAt })
  target(checkout.id)
  return { action: 'checkout' as const, checkout: checkoutView(checkout, services) }
}

/** Before anyone pays for it. */
const refuseTaken = async (db: Kysely<Tables>, endpoint: string | undefined): Promise<void> => {
  if (endpoint !== undefined && (await findProject(db, endpoint))) throw new AppError('SLUG_TAKEN', { name: endpoint })
}
