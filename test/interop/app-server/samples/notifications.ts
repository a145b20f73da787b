/** Owns one of each notification that we send. */
import type { ConnectionNotifications, ThreadNotifications, TokenUsage } from '@towline/protocol'
import { ENVIRONMENTS, ITEMS, THREAD, THREAD_ID, THREADS, TURN_ID, TURNS } from './threads.ts'

const OF_THREAD = { threadId: THREAD_ID }
const OF_TURN = { ...OF_THREAD, turnId: TURN_ID }
const OF_ITEM = { ...OF_TURN, itemId: 'call_1' }
const DELTA = { ...OF_ITEM, delta: 'x' }
const OF_MACHINE = { ...OF_THREAD, environmentId: 'edge-lab' }
const OUTPUT = { deltaBase64: 'eA==', stream: 'stdout', capReached: false } as const
const USAGE: TokenUsage = {
  ...{ totalTokens: 6, inputTokens: 3, cachedInputTokens: 1, cacheWriteInputTokens: 0, outputTokens: 3 },
  reasoningOutputTokens: 1,
}

type Notifications = ConnectionNotifications & ThreadNotifications

export const NOTIFICATIONS: { readonly [Name in keyof Notifications]: readonly Required<Notifications[Name]>[] } = {
  error: [
    { ...OF_TURN, willRetry: true, error: { message: 'x', codexErrorInfo: 'other', additionalDetails: 'tries again' } },
  ],
  'thread/started': THREADS.map((thread) => ({ thread })),
  'thread/status/changed': THREADS.map(({ status }) => ({ ...OF_THREAD, status })),
  'thread/archived': [OF_THREAD],
  'thread/unarchived': [OF_THREAD],
  'thread/deleted': [OF_THREAD],
  'thread/closed': [OF_THREAD],
  'thread/reverted': [OF_THREAD],
  'thread/name/updated': [{ ...OF_THREAD, threadName: 'a name' }],
  'thread/readState/changed': [
    { ...OF_THREAD, readState: { firstUnread: { type: 'threadStart' }, revision: '1' } },
    { ...OF_THREAD, readState: { firstUnread: { type: 'turn', turnId: TURN_ID }, revision: '2' } },
    { ...OF_THREAD, readState: { firstUnread: null, revision: '3' } },
  ],
  'thread/settings/updated': [
    {
      ...OF_THREAD,
      threadSettings: {
        ...{ cwd: THREAD.cwd, environments: ENVIRONMENTS, approvalPolicy: 'on-request', approvalsReviewer: 'user' },
        sandboxPolicy: { type: 'readOnly', networkAccess: false },
        ...{ model: 'fake-1', modelProvider: 'fake', serviceTier: null, effort: 'low', summary: 'auto' },
        collaborationMode: {
          mode: 'default',
          settings: { model: 'fake-1', reasoning_effort: null, developer_instructions: null },
        },
      },
    },
  ],
  'thread/compacted': [OF_TURN],
  'thread/environment/connected': [OF_MACHINE],
  'thread/environment/disconnected': [OF_MACHINE],
  'thread/tokenUsage/updated': [{ ...OF_TURN, tokenUsage: { total: USAGE, last: USAGE, modelContextWindow: 128_000 } }],
  'turn/started': TURNS.map((turn) => ({ ...OF_THREAD, turn })),
  'turn/completed': TURNS.map((turn) => ({ ...OF_THREAD, turn })),
  'turn/diff/updated': [{ ...OF_TURN, diff: '--- a\n+++ b\n' }],
  'turn/plan/updated': [
    {
      ...{ ...OF_TURN, explanation: null },
      plan: (['pending', 'inProgress', 'completed'] as const).map((status) => ({ step: 'Look', status })),
    },
  ],
  'item/started': Object.values(ITEMS).map((item) => ({ ...OF_TURN, item, startedAtMs: 1 })),
  'item/completed': Object.values(ITEMS).map((item) => ({ ...OF_TURN, item, completedAtMs: 2 })),
  'item/agentMessage/delta': [DELTA],
  'item/plan/delta': [DELTA],
  'item/reasoning/summaryTextDelta': [{ ...DELTA, summaryIndex: 0 }],
  'item/reasoning/summaryPartAdded': [{ ...OF_ITEM, summaryIndex: 0 }],
  'item/reasoning/textDelta': [{ ...DELTA, contentIndex: 0 }],
  'item/commandExecution/outputDelta': [DELTA],
  'item/commandExecution/terminalInteraction': [{ ...OF_ITEM, processId: '12', stdin: 'y\n' }],
  'item/fileChange/patchUpdated': [{ ...OF_ITEM, changes: ITEMS.fileChange.changes }],
  'item/mcpToolCall/progress': [{ ...OF_ITEM, message: 'half' }],
  'serverRequest/resolved': [
    { ...OF_THREAD, requestId: 'q1' },
    { ...OF_THREAD, requestId: 1 },
  ],
  warning: [
    { ...OF_THREAD, message: 'x' },
    { threadId: null, message: 'x' },
  ],
  'mcpServer/startupStatus/updated': (['starting', 'ready', 'failed', 'cancelled'] as const).map((status) => ({
    ...OF_THREAD,
    ...{ name: 'towline', status, error: status === 'failed' ? 'it ended' : null },
  })),
  'fs/changed': [{ watchId: 'w', changedPaths: ['/srv/app/a.ts'] }],
  'command/exec/outputDelta': [{ processId: 'p', ...OUTPUT }],
  'process/outputDelta': [{ processHandle: 'p', ...OUTPUT, stream: 'stderr' }],
  'process/exited': [
    {
      ...{ processHandle: 'p', exitCode: 0, stdout: '', stdoutCapReached: false },
      ...{ stderr: '', stderrCapReached: true },
    },
  ],
  configWarning: [{ summary: 'x', details: null, path: '/home/a/config.toml' }],
  deprecationNotice: [{ summary: 'x', details: 'y' }],
  'skills/changed': [{}],
}
