/** Owns the bounds of the bridge: what MCP servers of other machines may cost whoever calls them. */
import { KiB, limit, MiB } from './limit.ts'

export const BRIDGE_LIMITS = {
  // MCP servers of other machines
  bridgeConnectMs: limit(15_000, 'ms', 'a remote MCP server that has not agreed on a revision by then fails'),
  bridgeListMs: limit(30_000, 'ms', 'a remote MCP server that has not told all its tools by then fails'),
  bridgeCallMs: limit(60_000, 'ms', 'a call of a remote tool without an answer is cancelled, unless it asked for more'),
  bridgeCallMsMost: limit(600_000, 'ms', 'a longer wait for a remote tool is refused with OPTION_INVALID'),
  bridgeCloseMs: limit(2_000, 'ms', 'a session that is not ended by then is left to its server'),
  bridgeEmptyMs: limit(
    1_000,
    'ms',
    'an answer that ended without what was asked for fails after that long, unless its stream is resumed',
  ),
  bridgeResumeMs: limit(500, 'ms', 'the least time before a stream that broke off is asked for again'),
  bridgeResumeMsMost: limit(10_000, 'ms', 'a longer time before a stream is asked for again is shortened to it'),
  bridgeAnswerBytes: limit(
    4 * MiB,
    'bytes',
    'a longer answer of a remote MCP server, with all around it, is broken off',
  ),
  bridgeAnswerDepth: limit(64, 'count', 'an answer with more levels is refused with REMOTE_MCP_BROKEN'),
  bridgeMessages: limit(5_000, 'count', 'a request whose answer comes with more messages around it is broken off'),
  bridgeExchanges: limit(64, 'count', 'a request that would take more exchanges of HTTP is broken off'),
  bridgeArgumentBytes: limit(
    256 * KiB,
    'bytes',
    'longer arguments of a remote tool are refused with PAYLOAD_TOO_LARGE',
  ),
  bridgePages: limit(64, 'count', 'further pages of tools are left out, and said'),
  bridgeTools: limit(500, 'count', 'further tools of a remote MCP server are left out, and said'),
  bridgeToolBytes: limit(32 * KiB, 'bytes', 'a tool with a longer definition is left out, and said'),
  bridgeListBytes: limit(128 * KiB, 'bytes', 'tools whose definitions no longer fit are left out, and said'),
  bridgeSessions: limit(16, 'count', 'the session that rested longest is ended; while all are in use, LIMIT_REACHED'),
  bridgeIdleMs: limit(600_000, 'ms', 'a session with a remote MCP server that rests that long is ended'),
}
