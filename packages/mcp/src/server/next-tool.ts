/** Owns which tool an agent should call next after an error: commands that errors name are for people. */
import type { AppError, ErrorCode } from '@towline/protocol'
import type { Refusal } from '../tool.ts'

const NEXT_TOOL: Partial<Record<ErrorCode, string>> = {
  UNAUTHENTICATED: 'towline_auth_start',
  LOGIN_ENDED: 'towline_auth_start',
  LOGIN_NEEDED: 'towline_auth_start',
  CONTEXT_MISSING: 'towline_auth_start',
  LOGIN_UNKNOWN: 'towline_auth_start',
  LOGIN_EXPIRED: 'towline_auth_start',
  LOGIN_REFUSED: 'towline_auth_start',
  PROJECT_NEEDED: 'towline_runtime_prepare',
  TUNNEL_UNKNOWN: 'towline_tunnel_list',
  PROCESS_UNKNOWN: 'towline_webtty_exec_list',
  LOCAL_UNKNOWN: 'towline_local_tunnel_list',
  LOCAL_NAME_HELD: 'towline_local_tunnel_list',
  LOCAL_GONE: 'towline_local_tunnel_list',
  APPROVAL_UNKNOWN: 'towline_approval_list',
  REMOTE_TOOL_UNKNOWN: 'towline_remote_mcp_tools',
  REMOTE_TOOL_CHANGED: 'towline_remote_mcp_tools',
  EXPOSURE_UNKNOWN: 'towline_remote_expose_list',
  MACHINE_SILENT: 'towline_tunnel_list',
  FILES_OFF: 'towline_webtty_exec',
  WEBTTY_LOST: 'towline_webtty_list',
}

/** The body of a refused call, with the next step for people and for agents. */
export const refusalOf = (error: AppError): Refusal => {
  const suggestedNextTool = NEXT_TOOL[error.code]
  return { error: { ...error.toJSON(), ...(suggestedNextTool !== undefined && { suggestedNextTool }) } }
}
