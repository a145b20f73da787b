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

/** Whoever gets it closes it by `closeMcpDeps`. */
export const mcpDeps = (io: Io): McpDeps => {
  const { env, stderr } = io
  const log = createLog({ level: 'warn', stream: stderr })
  const guard = openGuard({
    policy: openPolicy(policyFile(env)),
    desks: { page: serverDesk, terminal: terminalDesk(supervisorOf(io), LIMITS) },
    journal: openAgentJournal({
      env,
      limits: LIMITS,
      onProblem: (err) => log.debug({ err }, 'calls of agents were not told to the server'),
    }),
    limits: LIMITS,
  })
  return {
    ...{ env, agent: AGENT, version: VERSION, program: programWords(), log, limits: LIMITS, guard },
    secrets: createSecrets({ env, home: homeDir(env) }),
    logins: createLogins(),
    machines: createMachinePool(LIMITS),
    cwd: process.cwd(),
    remotes: new RemoteMcpPool(),
  }
}

/** Ends what it keeps open; what agents did is told to the server first. */
export const closeMcpDeps = async ({ guard, machines, remotes }: McpDeps): Promise<void> => {
  await guard.close()
  await Promise.all([machines.close(), remotes.close()])
}
