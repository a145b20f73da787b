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
  mcpWriteChars: limit(256 * KiB, 'chars', 'a longer content of a file is refused; larger files are uploaded'),
  mcpYieldMs: limit(10_000, 'ms', 'a call that waits for a command longer answers that it still runs, unless more is asked for'),
  mcpYieldMsMost: limit(60_000, 'ms', 'a call cannot be asked to wait longer'),
  mcpQuietMs: limit(60, 'ms', 'output that a process has made is taken to be read when nothing came for that long'),
  mcpSecrets: limit(256, 'count', 'the secret that was put away first is forgotten'),
  mcpSecretBytes: limit(1 * MiB, 'bytes', 'a longer secret is refused with SECRET_REFUSED'),
  mcpLogins: limit(16, 'count', 'the login that was started first is forgotten'),
  // connections to machines
  machinesKept: limit(16, 'count', 'a connection to a further machine is closed after its call'),
  machineIdleMs: limit(10_000, 'ms', 'a kept connection to a machine that nobody used is closed'),
  machineKeptMs: limit(300_000, 'ms', 'the next call gets a new connection, by the pins and credentials of then'),
  mcpListItems: limit(200, 'count', 'further items of a list are left out, and said'),
}
