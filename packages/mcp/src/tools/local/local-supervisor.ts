/** Owns finding the supervisor of this user for a tool. */
import { openSupervisor, type Supervisor } from '@towline/operations'
import type { McpDeps } from '../../deps.ts'

/** Opens nothing until it is asked. */
export const localSupervisor = ({ env, program, agent, limits }: McpDeps): Supervisor =>
  openSupervisor({ env, program, agent, limits })
