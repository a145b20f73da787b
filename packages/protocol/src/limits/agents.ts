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
  questionsOpen: limit(64, 'count', 'the oldest open question of an MCP server is over'),
  questionsPerMinute: limit(30, 'count', 'further questions for people are refused with LIMIT_REACHED'),
  refusedSeconds: limit(300, 's', 'how long a call that was refused is refused again without asking anybody'),
  refusedCalls: limit(256, 'count', 'the oldest refusal is forgotten, and its call may be asked about again'),
  lookupMs: limit(5_000, 'ms', 'labels that the inventory does not tell by then are unknown to the policy'),
  mcpListItems: limit(200, 'count', 'further items of a list are left out, and said'),
}
