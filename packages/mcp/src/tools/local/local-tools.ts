/** Owns the list of tools about what the supervisor of this user keeps. */
import type { Tool } from '../../tool.ts'
import { approvalList } from './approval-list.ts'
import { localTunnelExpose } from './local-tunnel-expose.ts'
import { localTunnelList } from './local-tunnel-list.ts'
import { localTunnelStop } from './local-tunnel-stop.ts'

export const LOCAL_TOOLS: readonly Tool[] = [localTunnelExpose, localTunnelList, localTunnelStop, approvalList]
