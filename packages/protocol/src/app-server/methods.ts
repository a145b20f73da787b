/** Owns the table of methods that an app-server serves: what docs list, what the server implements, what stock schemas are asked about. */
import type { AccountMethods } from './account.ts'
import type { ConfigMethods } from './config.ts'
import type { EnvironmentMethods } from './environments.ts'
import type { FileSearchMethods } from './file-search.ts'
import type { FsMethods } from './fs.ts'
import type { InitializeMethods } from './initialize.ts'
import type { McpServerMethods } from './mcp-servers.ts'
import type { ModelMethods } from './models.ts'
import type { ProcessMethods } from './processes.ts'
import type { ReplayMethods } from './replay.ts'
import type { SkillMethods } from './skills.ts'
import type { ThreadChangeMethods } from './thread-changes.ts'
import type { ThreadStartMethods } from './thread-params.ts'
import type { ThreadReadingMethods } from './thread-reading.ts'
import type { TurnMethods } from './turn-params.ts'

/** Params and result of each, by method. */
export interface AppMethodTypes
  extends AccountMethods,
    ConfigMethods,
    EnvironmentMethods,
    FileSearchMethods,
    FsMethods,
    InitializeMethods,
    McpServerMethods,
    ModelMethods,
    ProcessMethods,
    ReplayMethods,
    SkillMethods,
    ThreadChangeMethods,
    ThreadReadingMethods,
    ThreadStartMethods,
    TurnMethods {}

export type AppMethod = keyof AppMethodTypes
export type AppParams<Name extends AppMethod> = AppMethodTypes[Name]['params']
export type AppResult<Name extends AppMethod> = AppMethodTypes[Name]['result']

export interface AppMethodRow {
  /** What it is about; docs have a table for each. */
  readonly resource: string
  /** One sentence for docs. */
  readonly words: string
  /** Needs the capability `experimentalApi`. */
  readonly experimental?: true
  /** Params that need it. */
  readonly experimentalFields?: readonly string[]
  /** Codex does not know it. */
  readonly extension?: true
}

interface Row<Name extends AppMethod> extends AppMethodRow {
  readonly experimentalFields?: readonly (keyof AppParams<Name> & string)[]
}

export const APP_METHODS = {
  initialize: { resource: 'connection', words: 'Says who the client is; everything else is refused before.' },
  'server/diagnostics': { resource: 'connection', words: 'Tells how the server does.', experimental: true },
  'account/read': { resource: 'connection', words: 'Tells that no login is needed.' },
  'account/bedrock/checkGovCloudRequirements': {
    resource: 'connection',
    words: 'Always: not a government cloud.',
    experimental: true,
  },

  'thread/start': {
    resource: 'threads',
    words: 'Begins a thread and watches it.',
    experimentalFields: ['dynamicTools', 'environments', 'historyMode', 'permissions', 'runtimeWorkspaceRoots'],
  },
  'thread/resume': {
    resource: 'threads',
    words: 'Goes on with a thread and watches it; questions that wait are asked again.',
    experimentalFields: ['initialTurnsPage', 'path', 'permissions', 'runtimeWorkspaceRoots'],
  },
  'thread/fork': {
    resource: 'threads',
    words: 'Begins a thread with the turns of another.',
    experimentalFields: ['beforeTurnId', 'path', 'permissions', 'runtimeWorkspaceRoots'],
  },
  'thread/unsubscribe': { resource: 'threads', words: 'Watches a thread no longer.' },
  'thread/list': {
    resource: 'threads',
    words: 'Lists threads by pages, with filters.',
    experimentalFields: [
      'ancestorThreadId',
      'attachedToThreadId',
      'includeAttachedThreads',
      'parentThreadId',
      'projectId',
    ],
  },
  'thread/search': {
    resource: 'threads',
    words: 'Finds threads by words in their name or first message.',
    experimental: true,
  },
  'thread/loaded/list': { resource: 'threads', words: 'Lists ids of the threads in memory.' },
  'thread/read': { resource: 'threads', words: 'Tells of a thread, with its turns if asked.' },
  'thread/turns/list': { resource: 'threads', words: 'Pages of turns, newest first.' },
  'thread/items/list': { resource: 'threads', words: 'Pages of items.' },
  'thread/items/read': { resource: 'threads', words: 'Items by id, whole.', experimental: true },
  'thread/readState/update': { resource: 'threads', words: 'Marks a thread read or unread.', experimental: true },
  'thread/goal/get': { resource: 'threads', words: 'Always: no goal.' },
  'thread/archive': { resource: 'threads', words: 'Puts a thread away.' },
  'thread/unarchive': { resource: 'threads', words: 'Takes it back.' },
  'thread/delete': { resource: 'threads', words: 'Deletes a thread with its file.' },
  'thread/name/set': { resource: 'threads', words: 'Names a thread.' },
  'thread/metadata/update': {
    resource: 'threads',
    words: 'Changes what is noted of git.',
    experimentalFields: ['projectId'],
  },
  'thread/settings/update': {
    resource: 'threads',
    words: 'Changes model, sandbox, approvals or environments for later turns.',
    experimental: true,
  },
  'thread/inject_items': { resource: 'threads', words: 'Puts items into the history that the model is sent.' },
  'thread/compact/start': { resource: 'threads', words: 'Has the model sum up what was said, to make room.' },
  'thread/shellCommand': { resource: 'threads', words: 'Runs a command line of the person, without sandbox.' },
  'thread/backgroundTerminals/list': {
    resource: 'threads',
    words: 'Lists commands that were left running.',
    experimental: true,
  },
  'thread/backgroundTerminals/terminate': { resource: 'threads', words: 'Ends one of them.', experimental: true },
  'thread/backgroundTerminals/clean': { resource: 'threads', words: 'Ends all of them.', experimental: true },
  'towline/thread/takeover': {
    resource: 'threads',
    words: 'Goes on with a thread that another process has open.',
    extension: true,
  },
  'towline/thread/replay': {
    resource: 'threads',
    words: 'Tells again what was told after a `seq`.',
    extension: true,
  },

  'turn/start': {
    resource: 'turns',
    words: 'Has the agent work on an input; while a turn runs, steers it.',
    experimentalFields: [
      'additionalContext',
      'collaborationMode',
      'environments',
      'permissions',
      'runtimeWorkspaceRoots',
    ],
  },
  'turn/steer': {
    resource: 'turns',
    words: 'Says something to the turn that runs.',
    experimentalFields: ['additionalContext'],
  },
  'turn/interrupt': { resource: 'turns', words: 'Stops the turn that runs.' },

  'environment/add': {
    resource: 'environments',
    words: 'Names an exec-server, until the server ends.',
    experimental: true,
  },
  'environment/info': { resource: 'environments', words: 'Shell and folder of an environment.', experimental: true },
  'environment/status': { resource: 'environments', words: 'Whether it can be worked on.', experimental: true },

  'command/exec': {
    resource: 'processes',
    words: 'Runs a command within a sandbox.',
    experimentalFields: ['permissionProfile'],
  },
  'command/exec/write': { resource: 'processes', words: 'Writes to its input.' },
  'command/exec/terminate': { resource: 'processes', words: 'Ends it.' },
  'process/spawn': { resource: 'processes', words: 'Starts a process, without sandbox.', experimental: true },
  'process/writeStdin': { resource: 'processes', words: 'Writes to its input.', experimental: true },
  'process/kill': { resource: 'processes', words: 'Ends it.', experimental: true },

  'fs/readFile': { resource: 'files', words: 'Reads a file.' },
  'fs/writeFile': { resource: 'files', words: 'Writes a file.' },
  'fs/createDirectory': { resource: 'files', words: 'Makes a folder.' },
  'fs/getMetadata': { resource: 'files', words: 'Tells what is at a path.' },
  'fs/readDirectory': { resource: 'files', words: 'Lists a folder.' },
  'fs/remove': { resource: 'files', words: 'Removes a file or folder.' },
  'fs/copy': { resource: 'files', words: 'Copies a file or folder.' },
  'fs/watch': { resource: 'files', words: 'Tells of changes at a path.' },
  'fs/unwatch': { resource: 'files', words: 'No longer.' },
  fuzzyFileSearch: { resource: 'files', words: 'Finds files by parts of their names.' },

  'mcpServerStatus/list': { resource: 'MCP servers', words: 'Lists servers, their state and their tools.' },
  'mcpServer/tool/call': { resource: 'MCP servers', words: 'Calls a tool, without the model.' },
  'mcpServer/resource/read': { resource: 'MCP servers', words: 'Reads a resource.' },
  'config/mcpServer/reload': { resource: 'MCP servers', words: 'Reads their config anew and connects.' },

  'model/list': { resource: 'config', words: 'Lists models.' },
  'modelProvider/list': { resource: 'config', words: 'Lists the providers of config.toml.' },
  'modelProvider/capabilities/read': { resource: 'config', words: 'Always: neither images nor web search.' },
  'config/read': { resource: 'config', words: 'What holds in a folder, and where it stands.' },
  'config/value/write': { resource: 'config', words: 'Changes one setting of config.toml.' },
  'config/batchWrite': { resource: 'config', words: 'Changes several at once.' },
  'configRequirements/read': { resource: 'config', words: 'Always: none.' },
  'permissionProfile/list': { resource: 'config', words: 'Lists what a thread may be allowed by name.' },
  'experimentalFeature/list': { resource: 'config', words: 'Always empty.' },
  'collaborationMode/list': { resource: 'config', words: 'Always one, the default.', experimental: true },
  'skills/list': { resource: 'config', words: 'Lists skills by folder.' },
  'hooks/list': { resource: 'config', words: 'Always empty.' },
  'plugin/installed': { resource: 'config', words: 'Always empty.' },
} as const satisfies { readonly [Name in AppMethod]: Row<Name> }
