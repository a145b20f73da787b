/** Owns the list of tools that establish who acts where. */
import type { Tool } from '../../tool.ts'
import { authPoll } from './auth-poll.ts'
import { authStart } from './auth-start.ts'
import { contextGet } from './context-get.ts'
import { contextList } from './context-list.ts'
import { runtimePrepare } from './runtime-prepare.ts'
import { runtimeStatus } from './runtime-status.ts'
import { tokenCreate } from './token-create.ts'

export const RUNTIME_TOOLS: readonly Tool[] = [
  runtimeStatus,
  runtimePrepare,
  authStart,
  authPoll,
  contextList,
  contextGet,
  tokenCreate,
]
