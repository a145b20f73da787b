/** Owns the bounds of agents: the MCP server of a workstation, what it keeps running, and what it asks people. */
import { KiB, limit, MiB } from './limit.ts'

export const AGENT_LIMITS = {
  // MCP server of a workstation
  mcpCalls: limit(8, 'count', 'further calls of tools wait for their turn'),
  mcpWaitingCalls: limit(64, 'count', 'a further call that would have to wait is refused with AGENT_BUSY'),
  mcpLocalAnswerChars: limit(
    256 * KiB,
    'chars',
    'a longer answer of a tool fails with ANSWER_TOO_LONG; tools cut before',
  ),
  mcpOutputBytes: limit(
    32 * KiB,
    'bytes',
    'output of a command or file beyond is left out, and said, unless more is asked for',
  ),
  mcpOutputBytesMost: limit(128 * KiB, 'bytes', 'more output cannot be asked for in one answer'),
  mcpListItems: limit(200, 'count', 'further items of a list are left out, and said'),

  // setup of agents
  agentFileBytes: limit(16 * MiB, 'bytes', 'a larger file of settings of an agent is not touched'),
  agentCliMs: limit(
    20_000,
    'ms',
    'the command line of an agent that has not ended by then is stopped; the file is edited instead',
  ),
  agentVerifyMs: limit(
    20_000,
    'ms',
    'a registered command that has not answered by then fails with AGENT_START_FAILED',
  ),
  // MCP server on a tunnel
  mcpHttpBodyBytes: limit(1 * MiB, 'bytes', 'a larger request is answered with 413'),
  mcpHttpBodyMs: limit(30_000, 'ms', 'a request that has not come whole by then is answered with 408'),
  mcpHttpSessions: limit(
    64,
    'count',
    'the session that was used least lately ends for a new one, unless all are busy: 503',
  ),
  mcpHttpIdleSeconds: limit(1800, 's', 'a session that nobody used that long ends'),
}
