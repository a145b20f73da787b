/** Owns the bounds of agents: the MCP server of a workstation, what it keeps running, and what it asks people. */
import { KiB, limit, MiB } from './limit.ts'

export const AGENT_LIMITS = {
  // MCP server of a workstation
  mcpToolsPage: limit(64, 'count', 'further tools are on the next page of the list'),
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
  mcpYieldMs: limit(
    10_000,
    'ms',
    'a call that waits for a command longer answers that it still runs, unless more is asked for',
  ),
  mcpYieldMsMost: limit(60_000, 'ms', 'a call cannot be asked to wait longer'),
  mcpQuietMs: limit(60, 'ms', 'output that a process has made is taken to be read when nothing came for that long'),
  mcpSecrets: limit(256, 'count', 'the secret that was put away first is forgotten'),
  mcpSecretBytes: limit(1 * MiB, 'bytes', 'a longer secret is refused with SECRET_REFUSED'),
  mcpLogins: limit(16, 'count', 'the login that was started first is forgotten'),
  // connections to machines
  machinesKept: limit(16, 'count', 'a connection to a further machine is closed after its call'),
  machineIdleMs: limit(10_000, 'ms', 'a kept connection to a machine that nobody used is closed'),
  machineKeptMs: limit(300_000, 'ms', 'the next call gets a new connection, by the pins and credentials of then'),
  // policy of a workstation
  policyBytes: limit(256 * KiB, 'bytes', 'a longer policy file is refused with POLICY_INVALID'),
  policyRules: limit(256, 'count', 'a policy file with more rules is refused with POLICY_INVALID'),
  policyPatterns: limit(64, 'count', 'more patterns of one kind in a rule are refused with POLICY_INVALID'),
  policyPatternChars: limit(256, 'chars', 'a longer pattern of a policy file is refused with POLICY_INVALID'),
  policyNoteChars: limit(200, 'chars', 'a longer note of a rule is refused with POLICY_INVALID'),
  policyTextChars: limit(4096, 'chars', 'a longer argument counts as unknown: rules that allow do not match it'),
  policyWords: limit(1024, 'count', 'a longer list as argument counts as unknown: rules that allow do not match it'),
  // questions that agents have for people
  questionChars: limit(4096, 'chars', 'arguments that are longer when shown are refused with APPROVAL_TOO_LONG'),
  questionSeconds: limit(600, 's', 'a question in the client without an answer by then counts as refused'),
  questionGraceSeconds: limit(30, 's', 'an answer that comes that much later than in time is not taken any more'),
  questionsOpen: limit(64, 'count', 'the oldest open question of an MCP server is over'),
  questionsPerMinute: limit(30, 'count', 'further questions for people are refused with LIMIT_REACHED'),
  refusedSeconds: limit(300, 's', 'how long a call that was refused is refused again without asking anybody'),
  refusedCalls: limit(256, 'count', 'the oldest refusal is forgotten, and its call may be asked about again'),
  lookupMs: limit(5_000, 'ms', 'labels that the inventory does not tell by then are unknown to the policy'),
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
  // supervisor of this machine's managed tunnels
  localStartMs: limit(20_000, 'ms', 'a supervisor that does not answer by then fails with LOCAL_START_FAILED'),
  localHelloMs: limit(10_000, 'ms', 'a supervisor or client that is silent that long is given up'),
  localCallMs: limit(60_000, 'ms', 'a call of the supervisor without an answer fails with LOCAL_SILENT'),
  localOnlineMs: limit(30_000, 'ms', 'a managed tunnel that is not online by then is ended, and its call fails'),
  localStopMs: limit(10_000, 'ms', 'how long the end of a managed tunnel is waited for'),
  localTunnels: limit(64, 'count', 'a further managed tunnel is refused with LIMIT_REACHED'),
  localEnded: limit(256, 'count', 'the managed tunnel that ended longest ago is forgotten'),
  localEndedSeconds: limit(24 * 3600, 's', 'a managed tunnel that ended that long ago is forgotten'),
  localTtlSeconds: limit(30 * 24 * 3600, 's', 'a longer life of a managed tunnel is refused with OPTION_INVALID'),
  localRequestBytes: limit(64 * KiB, 'bytes', 'a longer request to the supervisor is refused with PAYLOAD_TOO_LARGE'),
  localAnswerBytes: limit(16 * MiB, 'bytes', 'a longer answer of the supervisor counts as broken'),
  localCalls: limit(256, 'count', 'a further call of the supervisor at once is refused with LIMIT_REACHED'),
  localSweepMs: limit(1_000, 'ms', 'how late a managed tunnel or approval may expire'),
  localIdleMs: limit(120_000, 'ms', 'a supervisor without tunnels, approvals and calls that long ends'),
  localLogBytes: limit(1 * MiB, 'bytes', 'the log of the supervisor begins anew'),
  localApprovals: limit(64, 'count', 'a further question for a person of this machine is refused with LIMIT_REACHED'),
  localApprovalSeconds: limit(3600, 's', 'the longest that a question for a person waits, or its answer is good for'),
}
