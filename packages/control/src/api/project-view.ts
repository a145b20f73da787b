/** Owns how the control API shows a project. */
import type { Project } from '../project/project-store.ts'
import type { ApiServices } from './api-deps.ts'

export const projectView = (
  { id, workspaceId, name, slug, plan, createdAt }: Project,
  { domain, region }: Pick<ApiServices, 'domain' | 'region'>,
) => ({ id, workspaceId, name, endpoint: slug, host: `${slug}.${domain}`, plan, region, createdAt })
