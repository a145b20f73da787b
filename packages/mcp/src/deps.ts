/** Owns what the MCP server needs of its process; tests hand in their own. */
import type { Log } from '@towline/base'
import type { Env, MachinePool, RemoteMcpPool } from '@towline/operations'
import type { Limits } from '@towline/protocol'
import type { Guard } from './guard/guard.ts'
import type { Secrets } from './guard/secrets.ts'
import type { Logins } from './tools/runtime/logins.ts'

export interface McpDeps {
  /** Agents start us with few variables: HOME, PATH and what was declared. */
  readonly env: Env
  /** Product and version, as servers see it. */
  readonly agent: string
  readonly version: string
  /** Program and first arguments that start this very command line, to start what outlives us. */
  readonly program: readonly string[]
  readonly log: Log
  readonly limits: Limits
  readonly guard: Guard
  readonly secrets: Secrets
  /** Logins that people have still to approve. */
  readonly logins: Logins
  /** Connections to machines that are kept for the next call. */
  readonly machines: MachinePool
  /** What relative paths of this machine are relative to. */
  readonly cwd: string
  /** Servers that are kept open from call to call; who made it closes it. */
  readonly remotes: RemoteMcpPool
}
