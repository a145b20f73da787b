/** Owns composing what the MCP server needs of this process. */
import { createLog } from '@towline/base'
<<<<<<< HEAD
<<<<<<< HEAD
import { type McpDeps, openGuard, terminalDesk } from '@towline/mcp'
import { openAgentJournal, openPolicy, policyFile, serverDesk } from '@towline/operations'
=======
import { allowAll, createLogins, createSecrets, type McpDeps } from '@towline/mcp'
import { createMachinePool, homeDir } from '@towline/operations'
>>>>>>> ag-tools
=======
import { allowAll, type McpDeps } from '@towline/mcp'
import { RemoteMcpPool } from '@towline/operations'
>>>>>>> ag-bridge
import { LIMITS } from '@towline/protocol'
import type { Io } from '../io.ts'
import { AGENT, VERSION } from '../version.ts'
import { programWords } from './program-words.ts'
<<<<<<< HEAD

export const mcpDeps = ({ env, stderr }: Io): McpDeps => ({
  env,
  agent: AGENT,
  version: VERSION,
  program: programWords(),
  log: createLog({ level: 'warn', stream: stderr }),
  limits: LIMITS,
  guard: allowAll(),
<<<<<<< HEAD
  secrets: createSecrets({ env, home: homeDir(env) }),
  logins: createLogins(),
  machines: createMachinePool(LIMITS),
  cwd: process.cwd(),
=======
  remotes: new RemoteMcpPool(),
>>>>>>> ag-bridge
})
=======
import { supervisorOf } from './supervisor.ts'

/** Whoever gets it closes its guard. */
export const mcpDeps = (io: Io): McpDeps => {
  const { env, stderr } = io
  const log = createLog({ level: 'warn', stream: stderr })
  const guard = openGuard({
    policy: openPolicy(policyFile(env)),
    desks: { page: serverDesk, terminal: terminalDesk(supervisorOf(io), LIMITS) },
    journal: openAgentJournal({ env, limits: LIMITS, onProblem: (err) => log.debug({ err }, 'calls of agents were not told to the server') }),
    limits: LIMITS,
  })
  return { env, agent: AGENT, version: VERSION, program: programWords(), log, limits: LIMITS, guard }
}
>>>>>>> ag-guard
