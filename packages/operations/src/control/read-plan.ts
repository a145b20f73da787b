/** Owns reading which plan a project has, and which there are. */
import { AppError, type ProjectView } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import { type Ask, type Signal, withControl } from './control-client.ts'

/** A plan as the server offers it. */
export interface PlanOffer {
  readonly plan: string
  readonly name: string
  readonly description?: string
  readonly available: boolean
  readonly billing: { readonly charged: boolean; readonly summary: string }
}

export interface ProjectPlan {
  readonly project: ProjectView
  readonly plan: string
  /** Those that new projects of its workspace can have; empty for who may not make any. */
  readonly offers: readonly PlanOffer[]
}

/** By id or endpoint. Rejects with NOT_FOUND, or FORBIDDEN. */
export const readPlan = (connection: Connection, project: string, options: Signal = {}): Promise<ProjectPlan> =>
  withControl(connection, options, async (ask) => {
    const found = await ask<ProjectView>({ method: 'GET', path: `/api/projects/${encodeURIComponent(project)}` })
    return { project: found, plan: found.plan, offers: await offersIn(ask, found.workspaceId) }
  })

const offersIn = async (ask: Ask, workspaceId: string): Promise<readonly PlanOffer[]> => {
  try {
    const path = `/api/workspaces/${workspaceId}/creation-options`
    return (await ask<{ readonly plans: readonly PlanOffer[] }>({ method: 'GET', path })).plans
  } catch (error) {
    if (error instanceof AppError && (error.row.http === 403 || error.row.http === 404)) return []
    throw error
  }
}
