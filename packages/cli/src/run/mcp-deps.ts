/** Owns composing what the MCP server needs of this process. */
import { createLog } from '@towline/base'
import { allowAll, createLogins, createSecrets, type McpDeps } from '@towline/mcp'
import { createMachinePool, homeDir, RemoteMcpPool } from '@towline/operations'
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
  secrets: createSecrets({ env, home: homeDir(env) }),
  logins: createLogins(),
  machines: createMachinePool(LIMITS),
  cwd: process.cwd(),
  remotes: new RemoteMcpPool(),
})
