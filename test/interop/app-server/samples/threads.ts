/** Owns one of each sort of item, a turn and a thread, with every field that ours may have. */
import type { CodexErrorInfo, Thread, ThreadItem, ThreadStatus, Turn, UserInput } from '@towline/protocol'

export const THREAD_ID = '019a8f7e-3f00-7c91-a3b2-5c5e937cf318'
export const TURN_ID = '019a8f7e-3f01-7c91-a3b2-5c5e937cf318'

export const INPUTS: { readonly [Type in UserInput['type']]: Required<Extract<UserInput, { type: Type }>> } = {
  text: { type: 'text', text: 'Fix it.', text_elements: [] },
  image: { type: 'image', url: 'data:image/png;base64,AA==', detail: 'auto' },
  localImage: { type: 'localImage', path: '/srv/app/a.png', detail: 'high' },
  skill: { type: 'skill', name: 'deploy', path: '/srv/app/.agents/skills/deploy/SKILL.md' },
  mention: { type: 'mention', name: 'a.ts', path: '/srv/app/a.ts' },
}

const TIMES = { startedAtMs: 1_795_225_810_000, completedAtMs: 1_795_225_811_000 }

export const ITEMS: { readonly [Type in ThreadItem['type']]: Required<Extract<ThreadItem, { type: Type }>> } = {
  userMessage: { type: 'userMessage', id: 'u', clientId: 'c', content: Object.values(INPUTS), ...TIMES },
  agentMessage: { type: 'agentMessage', id: 'msg_1', text: 'Done.', phase: 'final_answer', ...TIMES },
  plan: { type: 'plan', id: 'p', text: 'First this.', ...TIMES },
  reasoning: { type: 'reasoning', id: 'rs_1', summary: ['Looks'], content: [], ...TIMES },
  commandExecution: {
    ...{ type: 'commandExecution', id: 'call_1', command: 'ls', cwd: '/srv/app', processId: '12', source: 'agent' },
    ...{ status: 'completed', aggregatedOutput: 'a.ts\n', exitCode: 0, durationMs: 5 },
    commandActions: [
      { type: 'read', command: 'cat a.ts', name: 'a.ts', path: '/srv/app/a.ts' },
      { type: 'listFiles', command: 'ls', path: null },
      { type: 'search', command: 'rg x', query: 'x', path: null },
      { type: 'unknown', command: 'make' },
    ],
    ...TIMES,
  },
  fileChange: {
    ...{ type: 'fileChange', id: 'call_2', status: 'declined' },
    changes: [
      { path: '/srv/app/a.ts', kind: { type: 'add' }, diff: 'x\n' },
      { path: '/srv/app/b.ts', kind: { type: 'delete' }, diff: 'x\n' },
      { path: '/srv/app/c.ts', kind: { type: 'update', move_path: null }, diff: '@@ -1 +1 @@\n-x\n+y\n' },
    ],
    ...TIMES,
  },
  mcpToolCall: {
    ...{ type: 'mcpToolCall', id: 'call_3', server: 'towline', tool: 'towline_runtime_status', status: 'failed' },
    ...{ arguments: {}, error: { message: 'it is gone' }, durationMs: 5 },
    result: { content: [{ type: 'text', text: 'ok' }], structuredContent: { ok: true }, _meta: null },
    ...TIMES,
  },
  dynamicToolCall: {
    ...{ type: 'dynamicToolCall', id: 'call_4', namespace: 'codex_tui', tool: 'list_threads', arguments: { a: 1 } },
    ...{ status: 'completed', success: true, durationMs: 5 },
    contentItems: [
      { type: 'inputText', text: 'x' },
      { type: 'inputImage', imageUrl: 'data:image/png;base64,AA==' },
    ],
    ...TIMES,
  },
  imageView: { type: 'imageView', id: 'call_5', path: '/srv/app/a.png', ...TIMES },
  contextCompaction: { type: 'contextCompaction', id: 'cc', ...TIMES },
}

/** Every sort of failure. */
const FAILURES: readonly CodexErrorInfo[] = [
  ...(['contextWindowExceeded', 'sessionBudgetExceeded', 'usageLimitExceeded', 'rateLimitExceeded'] as const),
  ...(['serverOverloaded', 'modelNotFound', 'cyberPolicy', 'tooManyDenials', 'internalServerError'] as const),
  ...(['unauthorized', 'badRequest', 'sandboxError', 'other'] as const),
  { activeTurnNotSteerable: { turnKind: 'compact' } },
  { httpConnectionFailed: { httpStatusCode: null } },
  { responseStreamConnectionFailed: { httpStatusCode: 502 } },
  { responseStreamDisconnected: { httpStatusCode: null } },
  { responseTooManyFailedAttempts: { httpStatusCode: 429 } },
]

const BEGUN: Turn = {
  ...{ id: TURN_ID, items: [], itemsView: 'notLoaded', status: 'inProgress', error: null },
  ...{ startedAt: 1_795_225_810, completedAt: null, durationMs: null },
}
const DONE: Required<Turn> = {
  ...{ id: TURN_ID, items: Object.values(ITEMS), itemsView: 'full', status: 'completed', error: null },
  ...{ startedAt: 1_795_225_810, completedAt: 1_795_225_811, durationMs: 1_000 },
}

export const TURNS: readonly Turn[] = [
  BEGUN,
  DONE,
  { ...DONE, status: 'interrupted', itemsView: 'summary' },
  ...FAILURES.map((codexErrorInfo): Turn => {
    const error = { message: 'it failed', codexErrorInfo, additionalDetails: null }
    return { ...DONE, items: [], status: 'failed', error }
  }),
]

const STATUSES: readonly ThreadStatus[] = [
  ...(['notLoaded', 'idle', 'systemError'] as const).map((type) => ({ type })),
  { type: 'active', activeFlags: ['waitingOnApproval', 'waitingOnUserInput'] },
]

export const ENVIRONMENTS = [{ environmentId: 'edge-lab', cwd: '/srv/app', runtimeWorkspaceRoots: ['/srv/app'] }]

export const THREAD: Required<Thread> = {
  ...{ id: THREAD_ID, sessionId: THREAD_ID, forkedFromId: null, preview: 'Fix it.', ephemeral: false, projectId: null },
  ...{ historyMode: 'legacy', modelProvider: 'fake', model: 'fake-1', reasoningEffort: 'medium' },
  ...{ createdAt: 1_795_225_800, updatedAt: 1_795_225_810, recencyAt: 1_795_225_810, status: { type: 'idle' } },
  ...{ path: '/home/a/sessions/2026/11/21/rollout.jsonl', cwd: '/srv/app', cliVersion: '0.1.0' },
  ...{ originator: 'codex-tui', source: 'cli', threadSource: 'user', name: 'a name' },
  ...{ gitInfo: { sha: 'aa', branch: 'main', originUrl: null }, environments: ENVIRONMENTS, turns: TURNS },
}

export const THREADS: readonly Thread[] = [
  THREAD,
  ...STATUSES.map((status) => ({ ...THREAD, status })),
  ...(['vscode', 'exec', 'appServer', 'unknown', { custom: 'x' }, { subAgent: 'review' }] as const).map((source) => ({
    ...THREAD,
    source,
  })),
  {
    ...THREAD,
    ...{ model: null, reasoningEffort: null, recencyAt: null, path: null, originator: null, threadSource: null },
    ...{ gitInfo: null, name: null, environments: null, turns: [], historyMode: 'paginated' },
  },
]
