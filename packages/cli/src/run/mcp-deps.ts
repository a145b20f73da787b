/** Owns composing what the MCP server needs of this process. */
import { createLog } from '@towline/base'
import { createLogins, createSecrets, type McpDeps, openGuard, terminalDesk } from '@towline/mcp'
import {
  createMachinePool,
  homeDir,
  openAgentJournal,
  openPolicy,
  policyFile,
  RemoteMcpPool,
  serverDesk,
} from '@towline/operations'
import { LIMITS } from '@towline/protocol'
import type { Io } from '../io.ts'
import { AGENT, VERSION } from '../version.ts'
import { programWords } from './program-words.ts'
import { supervisorOf } from './supervisor.ts'

/** What `serve` leaves open is closed. */
export const withMcpDeps = async (io: Io, serve: (deps: McpDeps) => Promise<void>): Promise<void> => {
  const deps = openMcpDeps(io)
  try {
    await serve(deps)
  } finally {
    await Promise.all([deps.guard.close(), deps.machines.close(), deps.remotes.close()])
  }
}

const openMcpDeps = (io: Io): McpDeps => {
  const { env, stderr } = io
  const log = createLog({ level: 'warn', stream: stderr })
  const onProblem = (err: unknown): void => log.debug({ err }, 'calls of agents were not told to the server')
  const guard = openGuard({
    policy: openPolicy(policyFile(env)),
    desks: { page: serverDesk, terminal: terminalDesk(supervisorOf(io), LIMITS) },
    journal: openAgentJournal({ env, limits: LIMITS, onProblem }),
    limits: LIMITS,
  })
  return {
    ...{ env, agent: AGENT, version: VERSION, program: programWords(), log, limits: LIMITS, guard },
    secrets: createSecrets({ env, home: homeDir(env) }),
    logins: createLogins(),
    machines: createMachinePool(LIMITS),
    remotes: new RemoteMcpPool(),
    cwd: process.cwd(),
  }
}
