/** Owns the list of tools that tell what there is: people, projects, tunnels, and what happened. */
import type { Tool } from '../../tool.ts'
import { clientList } from './client-list.ts'
import { eventsList } from './events-list.ts'
import { projectCreate } from './project-create.ts'
import { projectDelete } from './project-delete.ts'
import { projectList } from './project-list.ts'
import { projectLogs } from './project-logs.ts'
import { projectPlanGet } from './project-plan-get.ts'
import { projectRename } from './project-rename.ts'
import { projectUsage } from './project-usage.ts'
import { tunnelList } from './tunnel-list.ts'
import { workspaceList } from './workspace-list.ts'
import { workspaceMembersList } from './workspace-members-list.ts'

export const INVENTORY_TOOLS: readonly Tool[] = [
  workspaceList,
  workspaceMembersList,
  projectList,
  projectCreate,
  projectRename,
  projectDelete,
  projectLogs,
  projectUsage,
  projectPlanGet,
  tunnelList,
  clientList,
  eventsList,
]
