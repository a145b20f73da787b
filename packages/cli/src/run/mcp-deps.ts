/** Owns composing what the MCP server needs of this process. */
import { createLog } from '@towline/base'
import { allowAll, type McpDeps } from '@towline/mcp'
import { RemoteMcpPool } from '@towline/operations'
import { LIMITS } from '@towline/protocol'
import type { Io } from '../io.ts'
import { AGENT, VERSION } from '../version.ts'

export const mcpDeps = ({ env, stderr }: Io): McpDeps => ({
  env,
  agent: AGENT,
  version: VERSION,
  program: [process.execPath, ...process.execArgv, process.argv[1] ?? ''],
  log: createLog({ level: 'warn', stream: stderr }),
  limits: LIMITS,
  guard: allowAll(),
  remotes: new RemoteMcpPool(),
})
