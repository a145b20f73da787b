/** Owns composing what the MCP server needs of this process. */
import { createLog } from '@towline/base'
import { allowAll, type McpDeps } from '@towline/mcp'
import { RemoteMcpPool } from '@towline/operations'
import { LIMITS } from '@towline/protocol'
import type { Io } from '../io.ts'
import { AGENT, VERSION } from '../version.ts'
import { programWords } from './program-words.ts'

export const mcpDeps = ({ env, stderr }: Io): McpDeps => ({
  env,
  agent: AGENT,
  version: VERSION,
  program: programWords(),
  log: createLog({ level: 'warn', stream: stderr }),
  limits: LIMITS,
  guard: allowAll(),
  remotes: new RemoteMcpPool(),
})
