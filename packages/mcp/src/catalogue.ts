/** Owns the list of all tools; docs/reference/mcp-tools.md is generated from it. */
import { AppError } from '@towline/protocol'
import type { Tool } from './tool.ts'
import { auditList } from './tools/audit-list.ts'
import { cleanup } from './tools/cleanup.ts'
import { FILE_TOOLS } from './tools/files/file-tools.ts'
import { INVENTORY_TOOLS } from './tools/inventory/inventory-tools.ts'
import { LOCAL_TOOLS } from './tools/local/local-tools.ts'
import { MACHINE_TOOLS } from './tools/machines/machine-tools.ts'
import { remoteMcpCall } from './tools/remote-mcp-call.ts'
import { remoteMcpDiscover } from './tools/remote-mcp-discover.ts'
import { remoteMcpTools } from './tools/remote-mcp-tools.ts'
import { RUNTIME_TOOLS } from './tools/runtime/runtime-tools.ts'
import { REMOTE_TOOLS } from './tools/remote/remote-tools.ts'

export const TOOLS: readonly Tool[] = [
  ...RUNTIME_TOOLS,
  ...INVENTORY_TOOLS,
  ...LOCAL_TOOLS,
  ...MACHINE_TOOLS,
  ...FILE_TOOLS,
  ...REMOTE_TOOLS,
  ...[remoteMcpDiscover, remoteMcpTools, remoteMcpCall],
  ...[auditList, cleanup],
]

/** Throws OPTION_INVALID. */
export const toolNamed = (name: string): Tool => {
  const found = TOOLS.find((tool) => tool.name === name)
  if (found) return found
  throw new AppError('OPTION_INVALID', { option: 'tool', value: name, problem: 'there is no such tool' })
}
