/** Owns params and a result of each method, with every field that ours may have. */
import type {
  AppMethod,
  AppParams,
  AppResult,
  CollaborationMode,
  ConfigWritten,
  SandboxPolicy,
  ThreadOverrides,
  ThreadResumed,
  ThreadSearchParams,
  ThreadSettingsParams,
  ThreadStarted,
} from '@towline/protocol'
import { ENVIRONMENTS, INPUTS, ITEMS, THREAD, THREAD_ID, THREADS, TURN_ID, TURNS } from './threads.ts'

const OF_THREAD = { threadId: THREAD_ID }
const PAGE = { cursor: 'c', limit: 25 }
const END = { nextCursor: null, backwardsCursor: 'b' }
const SANDBOX: SandboxPolicy = {
  ...{ type: 'workspaceWrite', writableRoots: ['/srv'], networkAccess: false },
  ...{ excludeTmpdirEnvVar: false, excludeSlashTmp: true },
}
const COLLABORATION: CollaborationMode = {
  mode: 'default',
  settings: { model: 'fake-1', reasoning_effort: 'low', developer_instructions: null },
}

const OVERRIDES: Required<ThreadOverrides> = {
  ...{ model: 'fake-1', modelProvider: 'fake', serviceTier: null, cwd: '/srv/app' },
  ...{ runtimeWorkspaceRoots: ['/srv/app'], approvalPolicy: 'on-request', approvalsReviewer: 'user' },
  ...{ sandbox: 'workspace-write', permissions: null, config: { model_reasoning_effort: 'low' } },
  ...{ baseInstructions: null, developerInstructions: 'Be short.' },
}
const STARTED: Required<ThreadStarted> = {
  ...{ thread: THREAD, model: 'fake-1', modelProvider: 'fake', serviceTier: null, cwd: '/srv/app' },
  ...{ runtimeWorkspaceRoots: ['/srv/app'], instructionSources: ['/srv/app/AGENTS.md'] },
  approvalPolicy: {
    granular: {
      ...{ sandbox_approval: true, rules: true, skill_approval: true },
      ...{ request_permissions: true, mcp_elicitations: false },
    },
  },
  ...{ approvalsReviewer: 'user', sandbox: SANDBOX, reasoningEffort: 'low' },
  activePermissionProfile: { id: ':workspace', extends: null },
  towline: { seq: 9, plan: null, approvals: [], damage: null },
}
const RESUMED: Required<ThreadResumed> = {
  ...{ ...STARTED, collaborationMode: COLLABORATION, turnsBackwardsCursor: null, itemsBackwardsCursor: 'x' },
  initialTurnsPage: { data: TURNS, ...END },
}
const SAID = {
  ...{ ...OF_THREAD, input: Object.values(INPUTS), clientUserMessageId: 'c' },
  additionalContext: { editor: { value: 'a.ts is open', kind: 'application', name: 'editor' } },
} as const
const TURN_SETTINGS: Required<Omit<ThreadSettingsParams, 'threadId'>> = {
  ...{ environments: ENVIRONMENTS, cwd: '/srv/app', approvalPolicy: 'never', approvalsReviewer: 'user' },
  ...{ sandboxPolicy: SANDBOX, permissions: null, model: 'fake-1', serviceTier: null, effort: 'low' },
  ...{ summary: 'auto', collaborationMode: COLLABORATION },
}
const CHOSEN: Required<Omit<ThreadSearchParams, 'searchTerm'>> = {
  ...{ ...PAGE, includeAttachedThreads: false, currentAccountOnly: false, sortDirection: 'desc' },
  ...{ sourceKinds: ['cli', 'vscode'], archived: false, sortKey: 'updated_at' },
}
const SIZE = { rows: 24, cols: 80 }
const RUN = {
  ...{ command: ['ls', '-l'], tty: true, streamStdin: true, streamStdoutStderr: true, outputBytesCap: 1_000 },
  ...{ timeoutMs: 1_000, env: { A: 'b', C: null }, size: SIZE },
}
const INPUT = { deltaBase64: 'eA==', closeStdin: true }
const LAYER = { name: { type: 'user', file: '/home/a/config.toml', profile: null }, version: 'sha256:aa' } as const
const EDIT = { keyPath: 'model', value: 'fake-1', mergeStrategy: 'upsert' } as const
const TARGET = { filePath: '/home/a/config.toml', expectedVersion: 'sha256:aa' }
const WRITTEN: ConfigWritten = {
  ...{ status: 'okOverridden', version: 'sha256:bb', filePath: '/home/a/config.toml' },
  overriddenMetadata: { message: 'x', overridingLayer: LAYER, effectiveValue: 'y' },
}
const ENTRIES = Object.values(ITEMS).map((item) => ({
  ...{ turnId: TURN_ID, item, outputDeferred: false, startedAtMs: 1, completedAtMs: null },
}))
const READ_STATE = { firstUnread: null, revision: '1' }

/** Without results of its own a method answers `{}`. */
type Samples = {
  readonly [Name in AppMethod]: {
    readonly params: Required<AppParams<Name>>
    readonly result: Required<AppResult<Name>>
  }
}

export const METHODS: Samples = {
  initialize: {
    params: {
      clientInfo: { name: 'towline-tui', title: null, version: '0.1.0' },
      capabilities: { experimentalApi: true, requestAttestation: false, optOutNotificationMethods: ['warning'] },
    },
    result: {
      ...{ userAgent: 'towline/0.170.0', codexHome: '/home/a', platformFamily: 'unix', platformOs: 'linux' },
      towline: { version: '0.1.0', seq: true, methods: ['towline/thread/replay'] },
    },
  },
  'server/diagnostics': {
    params: {},
    result: {
      process: { id: 1, residentMemoryBytes: 1, physicalFootprintBytes: null },
      gauges: [{ name: 'threads', value: 1 }],
    },
  },
  'account/read': {
    params: { refreshToken: false },
    result: { account: { type: 'apiKey' }, requiresOpenaiAuth: false },
  },
  'account/bedrock/checkGovCloudRequirements': { params: {}, result: { isGovCloud: false, shouldWarn: false } },
  'thread/start': {
    params: {
      ...{ ...OVERRIDES, ephemeral: false, historyMode: 'paginated', sessionStartSource: 'startup' },
      ...{ threadSource: 'user', serviceName: 'x', environments: ENVIRONMENTS },
      dynamicTools: [
        { type: 'function', name: 'f', description: 'x', inputSchema: {}, deferLoading: false },
        {
          ...{ type: 'namespace', name: 'n', description: 'x' },
          tools: [{ type: 'function', name: 'g', description: 'x', inputSchema: {} }],
        },
      ],
    },
    result: STARTED,
  },
  'thread/resume': {
    params: {
      ...{ ...OVERRIDES, ...OF_THREAD, path: null, excludeTurns: true },
      initialTurnsPage: { limit: 5, sortDirection: 'desc', itemsView: 'notLoaded' },
    },
    result: RESUMED,
  },
  'thread/fork': {
    params: {
      ...{ ...OVERRIDES, ...OF_THREAD, path: null, lastTurnId: TURN_ID, beforeTurnId: null, ephemeral: false },
      ...{ threadSource: 'user', excludeTurns: true },
    },
    result: STARTED,
  },
  'thread/unsubscribe': { params: OF_THREAD, result: { status: 'notSubscribed' } },
  'thread/list': {
    params: {
      ...{ ...CHOSEN, excludedThreadIds: [], modelProviders: ['fake'], originators: [], sectionId: null },
      ...{ projectId: null, cwd: ['/srv/app'], useStateDbOnly: false, searchTerm: 'x', parentThreadId: null },
      ...{ ancestorThreadId: null, attachedToThreadId: null },
    },
    result: { data: THREADS, ...END, readStates: { [THREAD_ID]: READ_STATE } },
  },
  'thread/search': {
    params: { ...CHOSEN, searchTerm: 'x' },
    result: { data: [{ thread: THREAD, snippet: '… x …' }], ...END },
  },
  'thread/loaded/list': { params: PAGE, result: { data: [THREAD_ID], nextCursor: null } },
  'thread/read': {
    params: { ...OF_THREAD, includeTurns: true },
    result: { thread: THREAD, readState: READ_STATE, towline: { damage: 'line 3 is no JSON' } },
  },
  'thread/turns/list': {
    params: { ...OF_THREAD, ...PAGE, sortDirection: 'asc', itemsView: 'full' },
    result: { data: TURNS, ...END },
  },
  'thread/items/list': {
    params: {
      ...{ ...OF_THREAD, turnId: TURN_ID, cursor: { type: 'item', itemId: 'u' }, limit: 100, sortDirection: 'desc' },
      deferOutput: { commandExecution: true, mcpToolCall: false },
    },
    result: { data: ENTRIES, ...END },
  },
  'thread/items/read': {
    params: { ...OF_THREAD, turnId: TURN_ID, itemIds: ['u'] },
    result: { data: ENTRIES },
  },
  'thread/goal/get': { params: OF_THREAD, result: { goal: null } },
  'thread/archive': { params: OF_THREAD, result: {} },
  'thread/unarchive': { params: OF_THREAD, result: { thread: THREAD } },
  'thread/delete': { params: OF_THREAD, result: {} },
  'thread/name/set': { params: { ...OF_THREAD, name: 'a name' }, result: {} },
  'thread/settings/update': { params: { ...OF_THREAD, ...TURN_SETTINGS }, result: {} },
  'thread/readState/update': {
    params: { ...OF_THREAD, operation: { type: 'read' }, expectedRevision: '1' },
    result: { readState: READ_STATE },
  },
  'thread/metadata/update': {
    params: { ...OF_THREAD, projectId: null, gitInfo: { sha: null, branch: 'main', originUrl: null } },
    result: { thread: THREAD },
  },
  'thread/inject_items': { params: { ...OF_THREAD, items: [{ type: 'message' }] }, result: {} },
  'thread/compact/start': { params: OF_THREAD, result: {} },
  'thread/shellCommand': { params: { ...OF_THREAD, command: 'ls | wc', timeoutMs: null }, result: {} },
  'thread/backgroundTerminals/list': {
    params: { ...OF_THREAD, ...PAGE },
    result: {
      data: [
        {
          ...{ itemId: 'call_1', processId: '12', command: 'make', cwd: '/srv/app' },
          ...{ osPid: 4, cpuPercent: 0.5, rssKb: 100 },
        },
        {
          ...{ itemId: 'call_1', processId: '12', command: 'make', cwd: '/srv/app' },
          ...{ osPid: null, cpuPercent: null, rssKb: null },
        },
      ],
      nextCursor: null,
    },
  },
  'thread/backgroundTerminals/terminate': {
    params: { ...OF_THREAD, processId: '12' },
    result: { terminated: true },
  },
  'thread/backgroundTerminals/clean': { params: OF_THREAD, result: {} },
  'towline/thread/takeover': { params: { ...OF_THREAD, force: true }, result: RESUMED },
  'towline/thread/replay': { params: { ...OF_THREAD, afterSeq: 0 }, result: { complete: true, seq: 9 } },
  'turn/start': {
    params: {
      ...{ ...SAID, ...TURN_SETTINGS, runtimeWorkspaceRoots: ['/srv/app'] },
      outputSchema: { type: 'object' },
    },
    result: { turn: TURNS[0] as (typeof TURNS)[number] },
  },
  'turn/steer': { params: { ...SAID, expectedTurnId: TURN_ID }, result: { turnId: TURN_ID } },
  'turn/interrupt': { params: { ...OF_THREAD, turnId: TURN_ID }, result: {} },
  'environment/add': {
    params: {
      ...{ environmentId: 'edge-lab', execServerUrl: 'wss://edge.example.test/', authBearerToken: 't' },
      connectTimeoutMs: 1_000,
    },
    result: {},
  },
  'environment/info': {
    params: { environmentId: 'edge-lab' },
    result: { shell: { name: 'bash', path: '/bin/bash' }, cwd: 'file:///srv' },
  },
  'environment/status': {
    params: { environmentId: 'edge-lab' },
    result: { status: 'disconnected', error: 'it is away' },
  },
  'command/exec': {
    params: {
      ...{ ...RUN, processId: 'p', disableOutputCap: false, disableTimeout: false, cwd: '/srv' },
      ...{ sandboxPolicy: SANDBOX, permissionProfile: null },
    },
    result: { exitCode: 0, stdout: 'x', stderr: '' },
  },
  'command/exec/write': { params: { processId: 'p', ...INPUT }, result: {} },
  'command/exec/terminate': { params: { processId: 'p' }, result: {} },
  'process/spawn': { params: { ...RUN, processHandle: 'p', cwd: '/srv' }, result: {} },
  'process/writeStdin': { params: { processHandle: 'p', ...INPUT }, result: {} },
  'process/kill': { params: { processHandle: 'p' }, result: {} },
  'fs/readFile': { params: { path: '/srv/a' }, result: { dataBase64: 'eA==' } },
  'fs/writeFile': { params: { path: '/srv/a', dataBase64: 'eA==' }, result: {} },
  'fs/createDirectory': { params: { path: '/srv/a', recursive: true }, result: {} },
  'fs/getMetadata': {
    params: { path: '/srv/a' },
    result: { isDirectory: false, isFile: true, isSymlink: false, createdAtMs: 1, modifiedAtMs: 2 },
  },
  'fs/readDirectory': {
    params: { path: '/srv' },
    result: { entries: [{ fileName: 'a', isDirectory: false, isFile: true }] },
  },
  'fs/remove': { params: { path: '/srv/a', recursive: true, force: null }, result: {} },
  'fs/copy': { params: { sourcePath: '/srv/a', destinationPath: '/srv/b', recursive: true }, result: {} },
  'fs/watch': { params: { watchId: 'w', path: '/srv' }, result: { path: '/srv' } },
  'fs/unwatch': { params: { watchId: 'w' }, result: {} },
  fuzzyFileSearch: {
    params: { query: 'a', roots: ['/srv'], cancellationToken: 't' },
    result: {
      files: [{ root: '/srv', path: 'b/a', match_type: 'file', file_name: 'a', score: 12, indices: [2] }],
    },
  },
  'mcpServerStatus/list': {
    params: { ...PAGE, detail: 'full', ...OF_THREAD, serverName: null },
    result: {
      data: [
        {
          ...{ name: 'towline', runtimeStatus: 'connected', toolsError: null, authStatus: 'bearerToken' },
          serverInfo: { name: 'towline', version: '0.1.0' },
          tools: {
            t: { name: 't', title: 'T', description: 'x', inputSchema: {}, annotations: { readOnlyHint: true } },
          },
          resources: [{ name: 'r', uri: 'tow://r' }],
          resourceTemplates: [{ name: 'r', uriTemplate: 'tow://{r}' }],
        },
      ],
      nextCursor: null,
    },
  },
  'mcpServer/tool/call': {
    params: { ...OF_THREAD, server: 'towline', tool: 't', arguments: {}, _meta: {} },
    result: { content: [{ type: 'text', text: 'x' }], structuredContent: {}, isError: false, _meta: {} },
  },
  'mcpServer/resource/read': {
    params: { ...OF_THREAD, server: 'towline', uri: 'tow://r' },
    result: {
      contents: [
        { uri: 'tow://r', text: 'x' },
        { uri: 'tow://r', blob: 'eA==' },
      ],
    },
  },
  'config/mcpServer/reload': { params: null, result: {} },
  'model/list': {
    params: { ...PAGE, modelProvider: null, includeHidden: true },
    result: {
      data: [
        {
          ...{ id: 'fake-1', model: 'fake-1', displayName: 'Fake', description: 'x', hidden: false, isDefault: true },
          supportedReasoningEfforts: [{ reasoningEffort: 'medium', description: 'x' }],
          ...{ defaultReasoningEffort: 'medium', inputModalities: ['text', 'image'] },
        },
      ],
      nextCursor: null,
    },
  },
  'modelProvider/list': {
    params: {},
    result: {
      data: (
        [
          { mode: 'none' },
          { mode: 'environmentVariable', envKey: 'K' },
          { mode: 'externallyConfigured', envKey: null },
        ] as const
      ).map((auth) => ({
        ...{ id: 'fake', name: 'Fake', canEdit: false, baseUrl: 'http://127.0.0.1:9/v1' },
        settings: { type: 'customGateway', auth },
      })),
      ...{ defaultProviderId: 'fake', canChangeDefault: false },
    },
  },
  'modelProvider/capabilities/read': { params: {}, result: { imageGeneration: false, webSearch: false } },
  'config/read': {
    params: { includeLayers: true, cwd: '.' },
    result: {
      config: { model: 'fake-1', model_providers: { fake: { base_url: 'http://127.0.0.1:9/v1' } } },
      origins: { model: LAYER },
      layers: [
        { ...LAYER, config: { model: 'fake-1' }, disabledReason: null },
        {
          ...{ name: { type: 'project', dotCodexFolder: '/srv/app/.codex' }, version: 'x', config: {} },
          disabledReason: 'it is not trusted',
        },
        { name: { type: 'system', file: '/etc/x' }, version: 'x', config: {}, disabledReason: null },
        { name: { type: 'sessionFlags' }, version: 'x', config: {}, disabledReason: null },
      ],
    },
  },
  'config/value/write': { params: { ...EDIT, ...TARGET }, result: WRITTEN },
  'config/batchWrite': { params: { ...TARGET, edits: [EDIT], reloadUserConfig: true }, result: WRITTEN },
  'configRequirements/read': { params: null, result: { requirements: null } },
  'permissionProfile/list': {
    params: { ...PAGE, cwd: '/srv/app' },
    result: { data: [{ id: ':workspace', description: 'x', allowed: true }], nextCursor: null },
  },
  'experimentalFeature/list': {
    params: { ...PAGE, ...OF_THREAD },
    result: {
      data: [
        {
          ...{ name: 'x', stage: 'beta', displayName: null, description: null, announcement: null },
          ...{ enabled: true, defaultEnabled: false },
        },
      ],
      nextCursor: null,
    },
  },
  'collaborationMode/list': {
    params: {},
    result: { data: [{ name: 'Plan', mode: 'plan', model: null, reasoning_effort: null }] },
  },
  'skills/list': {
    params: { cwds: ['/srv/app'], forceReload: true },
    result: {
      data: [
        {
          cwd: '/srv/app',
          skills: [
            {
              ...{ name: 's', description: 'x', shortDescription: 'x', path: '/srv/app/.agents/skills/s/SKILL.md' },
              ...{ scope: 'repo', enabled: true },
            },
          ],
          errors: [{ path: '/srv/app/.agents/skills/t/SKILL.md', message: 'it has no name' }],
        },
      ],
    },
  },
  'hooks/list': {
    params: { cwds: ['/srv/app'], threadId: null },
    result: { data: [{ cwd: '/srv/app', hooks: [], warnings: [], errors: [] }] },
  },
  'plugin/installed': { params: { cwds: null }, result: { marketplaces: [], marketplaceLoadErrors: [] } },
}
