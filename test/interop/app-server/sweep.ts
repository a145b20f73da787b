/** Owns calling every method of an app-server once, in an order in which each has something to do. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { APP_METHODS, type AppMethod } from '@towline/protocol'
import { expect } from 'vitest'
import type { RawClient } from './raw-client.ts'
import type { Message } from './record-wire.ts'

interface State {
  readonly client: RawClient
  /** A folder that may be changed. */
  readonly cwd: string
  threadId: string
  turnId: string
  /** Of what was read of the thread. */
  revision: string
}

type Step = readonly [method: AppMethod, params: (state: State) => unknown, after?: After]
/** What is to be known of the answer. */
type After = (state: State, answer: Message) => void | Promise<void>

const NOTHING = () => ({})
const NONE = () => undefined
const ofThread = ({ threadId }: State) => ({ threadId })
const said = { input: [{ type: 'text', text: 'Go on.', text_elements: [] }] }
const at =
  (name: string, more: object = {}) =>
  ({ cwd }: State) => ({ path: join(cwd, name), ...more })

const started: After = (state, { result }) => {
  state.threadId = (result as { readonly thread: { readonly id: string } }).thread.id
}
const seen: After = (state, { result }) => {
  state.revision = (result as { readonly readState: { readonly revision: string } }).readState.revision
}
/** What the model asks for is allowed. */
const turned: After = async (state, { result }) => {
  const { client } = state
  const { id } = (result as { readonly turn: { readonly id: string } }).turn
  state.turnId = id
  const ofTurn = ({ params }: Message): boolean =>
    (params as { readonly turn?: { readonly id: string } } | undefined)?.turn?.id === id
  await client.heard((message) => message.method === 'turn/completed' && ofTurn(message))
}

const LISTS: readonly Step[] = [
  ...(
    [
      ...['server/diagnostics', 'account/read', 'account/bedrock/checkGovCloudRequirements', 'model/list'],
      ...['modelProvider/list', 'modelProvider/capabilities/read', 'permissionProfile/list', 'config/read'],
      ...['experimentalFeature/list', 'collaborationMode/list', 'skills/list', 'hooks/list', 'plugin/installed'],
      ...['mcpServerStatus/list', 'thread/list', 'thread/loaded/list'],
    ] as AppMethod[]
  ).map((method): Step => [method, NOTHING]),
  ['configRequirements/read', NONE],
  ['config/read', ({ cwd }) => ({ includeLayers: true, cwd })],
  ['config/value/write', () => ({ keyPath: 'hide_agent_reasoning', value: true, mergeStrategy: 'upsert' })],
  [
    'config/batchWrite',
    () => ({
      edits: [{ keyPath: 'hide_agent_reasoning', value: null, mergeStrategy: 'replace' }],
      reloadUserConfig: true,
    }),
  ],
  ['config/mcpServer/reload', NONE],
]

const FILES: readonly Step[] = [
  ['fs/watch', at('', { watchId: 'w' })],
  ['fs/createDirectory', at('made')],
  ['fs/writeFile', at('made/a.txt', { dataBase64: 'aGk=' })],
  ['fs/readFile', at('made/a.txt')],
  ['fs/getMetadata', at('made/a.txt')],
  ['fs/readDirectory', at('made')],
  ['fs/copy', ({ cwd }) => ({ sourcePath: join(cwd, 'made'), destinationPath: join(cwd, 'copy'), recursive: true })],
  ['fs/remove', at('copy')],
  ['fs/unwatch', () => ({ watchId: 'w' })],
  ['fuzzyFileSearch', ({ cwd }) => ({ query: 'a', roots: [cwd], cancellationToken: null })],
]

const SIZE = { rows: 24, cols: 80 }
const PROCESSES: readonly Step[] = [
  ['command/exec', ({ cwd }) => ({ command: ['/bin/echo', 'hi'], cwd })],
  ['command/exec/write', () => ({ processId: 'none', deltaBase64: 'aGk=' })],
  ['command/exec/terminate', () => ({ processId: 'none' })],
  [
    'process/spawn',
    ({ cwd }) => ({ command: ['/bin/cat'], processHandle: 'p', cwd, tty: true, streamStdoutStderr: true, size: SIZE }),
  ],
  ['process/writeStdin', () => ({ processHandle: 'p', deltaBase64: 'aGk=' })],
  ['process/kill', () => ({ processHandle: 'p' })],
]

const ENVIRONMENTS: readonly Step[] = [
  ['environment/status', () => ({ environmentId: 'elsewhere' })],
  ['environment/add', () => ({ environmentId: 'elsewhere', execServerUrl: 'ws://127.0.0.1:9', connectTimeoutMs: 100 })],
  ['environment/info', () => ({ environmentId: 'elsewhere' })],
]

const THREADS: readonly Step[] = [
  ['thread/start', ({ cwd }) => ({ cwd, sandbox: 'read-only', approvalPolicy: 'never' }), started],
  ['turn/start', (state) => ({ ...ofThread(state), ...said }), turned],
  ['turn/steer', (state) => ({ ...ofThread(state), ...said, expectedTurnId: state.turnId })],
  ['turn/interrupt', ({ threadId, turnId }) => ({ threadId, turnId })],
  ['thread/name/set', (state) => ({ ...ofThread(state), name: 'a name' })],
  ['thread/settings/update', (state) => ({ ...ofThread(state), effort: 'low' })],
  ['thread/metadata/update', (state) => ({ ...ofThread(state), gitInfo: { branch: 'a-branch' } })],
  ['thread/read', (state) => ({ ...ofThread(state), includeTurns: true }), seen],
  [
    'thread/readState/update',
    (state) => ({ ...ofThread(state), operation: { type: 'unread' }, expectedRevision: state.revision }),
  ],
  ['thread/turns/list', (state) => ({ ...ofThread(state), itemsView: 'full' })],
  ['thread/items/list', ofThread],
  ['thread/items/read', ({ threadId, turnId }) => ({ threadId, turnId, itemIds: ['none'] })],
  ['thread/list', ({ cwd }) => ({ cwd, sourceKinds: ['cli', 'vscode', 'exec', 'appServer', 'unknown'] })],
  ['thread/search', () => ({ searchTerm: 'Go' })],
  ['thread/goal/get', ofThread],
  ['thread/shellCommand', (state) => ({ ...ofThread(state), command: 'true' })],
  ['thread/backgroundTerminals/list', ofThread],
  ['thread/backgroundTerminals/terminate', (state) => ({ ...ofThread(state), processId: '1' })],
  ['thread/backgroundTerminals/clean', ofThread],
  ['mcpServer/tool/call', (state) => ({ ...ofThread(state), server: 'none', tool: 'none', arguments: {} })],
  ['mcpServer/resource/read', () => ({ server: 'none', uri: 'none://x' })],
  [
    'thread/inject_items',
    (state) => ({
      ...ofThread(state),
      items: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'x' }] }],
    }),
  ],
  ['thread/compact/start', ofThread],
  ['thread/resume', (state) => ({ ...ofThread(state), excludeTurns: true })],
  ['thread/unsubscribe', ofThread],
  ['thread/fork', ofThread, started],
  ['thread/archive', ofThread],
  ['thread/unarchive', ofThread],
  ['thread/delete', ofThread],
]

/** What only our server has. */
const EXTENSIONS: readonly Step[] = [
  ['thread/start', ({ cwd }) => ({ cwd, sandbox: 'read-only', approvalPolicy: 'never' }), started],
  ['turn/start', (state) => ({ ...ofThread(state), ...said }), turned],
  ['towline/thread/replay', (state) => ({ ...ofThread(state), afterSeq: 0 })],
  ['towline/thread/takeover', ofThread],
]

/** By method, what was refused; a method that was called more than once counts when one of its calls was. */
export type Refused = ReadonlyMap<AppMethod, string>

/** What stock refuses of all that, and in which words: there is nothing to do it with. */
export const REFUSALS = {
  'command/exec/write': 'no active command/exec for process id "none"',
  'command/exec/terminate': 'no active command/exec for process id "none"',
  'environment/info': expect.stringMatching(
    /^failed to get info for environment `elsewhere`: exec-server connection attempt failed: /,
  ),
  'turn/steer': 'no active turn to steer',
  'turn/interrupt': 'no active turn to interrupt',
  'mcpServer/tool/call': "unknown MCP server 'none'",
  'mcpServer/resource/read': "unknown MCP server 'none'",
} satisfies { readonly [Name in AppMethod]?: unknown }

/** `client` has said hello. `own`: the server is ours. */
export const sweep = async (client: RawClient, cwd: string, own: boolean): Promise<Refused> => {
  mkdirSync(cwd, { recursive: true })
  writeFileSync(join(cwd, 'a.txt'), 'a')
  const state: State = { client, cwd, threadId: '', turnId: '', revision: '' }
  const steps = [...LISTS, ...FILES, ...PROCESSES, ...ENVIRONMENTS, ...THREADS, ...(own ? EXTENSIONS : [])]
  const called = new Set<string>(['initialize', ...steps.map(([method]) => method)])
  const rows = Object.keys(APP_METHODS).filter((name) => own || !name.startsWith('towline/'))
  const left = rows.filter((name) => !called.has(name))
  if (left.length > 0) throw new Error(`nothing calls ${left.join(', ')}`)
  const refused = new Map<AppMethod, string>()
  for (const [method, params, after] of steps) {
    const answer = await client.ask(method, params(state))
    if (answer.error) refused.set(method, (answer.error as { readonly message: string }).message)
    else await after?.(state, answer)
  }
  return refused
}
