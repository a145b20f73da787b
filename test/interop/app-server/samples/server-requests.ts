/** Owns one of each question that we ask clients, and of each answer that we take. */
import type { CommandApproval, ServerRequests } from '@towline/protocol'
import { ITEMS, THREAD_ID, TURN_ID } from './threads.ts'

const OF_ITEM = { threadId: THREAD_ID, turnId: TURN_ID, itemId: 'call_1', startedAtMs: 1 }
const ASKED = { threadId: THREAD_ID, turnId: TURN_ID, serverName: 'towline', message: 'May it?' }

const COMMAND: Required<CommandApproval> = {
  ...{ ...OF_ITEM, kind: 'command', environmentId: 'edge-lab', reason: 'to make room', command: 'rm -r /tmp/x' },
  ...{ cwd: '/srv/app', commandActions: ITEMS.commandExecution.commandActions },
  proposedExecpolicyAmendment: ['rm', '-r'],
  availableDecisions: ['accept', { acceptWithExecpolicyAmendment: { execpolicy_amendment: ['rm', '-r'] } }, 'cancel'],
}

type Samples = {
  readonly [Name in keyof ServerRequests]: {
    readonly params: readonly ServerRequests[Name]['params'][]
    readonly results: readonly ServerRequests[Name]['result'][]
  }
}

export const SERVER_REQUESTS: Samples = {
  'item/commandExecution/requestApproval': {
    params: [COMMAND, { ...COMMAND, environmentId: null, reason: null, proposedExecpolicyAmendment: null }],
    results: [
      ...(['accept', 'acceptForSession', 'decline', 'cancel'] as const).map((decision) => ({ decision })),
      { decision: { acceptWithExecpolicyAmendment: { execpolicy_amendment: ['rm'] } } },
    ],
  },
  'item/fileChange/requestApproval': {
    params: [
      { ...OF_ITEM, reason: null, grantRoot: null },
      { ...OF_ITEM, reason: 'x', grantRoot: '/srv' },
    ],
    results: (['accept', 'acceptForSession', 'decline', 'cancel'] as const).map((decision) => ({ decision })),
  },
  'mcpServer/elicitation/request': {
    params: [
      {
        ...{ ...ASKED, mode: 'form', _meta: { codex_approval_kind: 'mcp_tool_call' } },
        requestedSchema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
      },
      { ...ASKED, turnId: null, mode: 'form', _meta: null, requestedSchema: { type: 'object', properties: {} } },
      { ...ASKED, mode: 'url', _meta: null, url: 'https://example.test/', elicitationId: 'e' },
    ],
    results: [
      { action: 'accept', content: { name: 'x' }, _meta: null },
      { action: 'decline', content: null },
      { action: 'cancel', content: null },
    ],
  },
  'item/tool/call': {
    params: [
      {
        ...{ threadId: THREAD_ID, turnId: TURN_ID, callId: 'call_4', namespace: 'codex_tui' },
        ...{ tool: 'list_threads', arguments: { limit: 1 } },
      },
    ],
    results: [{ contentItems: ITEMS.dynamicToolCall.contentItems ?? [], success: true }],
  },
}
