/** Owns the bounds of agents: the MCP server of a workstation, what it keeps running, and what it asks people. */
import { KiB, limit } from './limit.ts'

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
}
