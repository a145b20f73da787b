/** Owns an app-server that plays the story with no model behind it: it proves the judges before they judge ours. */
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import type { StoryServer } from './played-story.ts'
import { PlayedThread, type Question, type Watcher } from './played-thread.ts'

type Params = Readonly<Record<string, unknown>>
type Answer = (params: Params, watcher: Watcher) => object

/** `cwd` is where it works. */
export const openPlayedServer = async (cwd: string): Promise<StoryServer> => {
  let release = (): void => undefined
  const released = new Promise<void>((done) => {
    release = done
  })
  const answers = answersOf(cwd, released)
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  server.on('connection', (socket) => serve(socket, answers))
  await new Promise((done) => server.once('listening', done))
  return {
    port: (server.address() as AddressInfo).port,
    release,
    close: async () => {
      for (const socket of server.clients) socket.terminate()
      await new Promise((done) => server.close(done))
    },
  }
}

interface Answers {
  readonly methods: Readonly<Record<string, Answer>>
  readonly threads: ReadonlyMap<string, PlayedThread>
}

const serve = (socket: WebSocket, { methods, threads }: Answers): void => {
  const send = (message: object): void => socket.send(JSON.stringify(message))
  const watcher: Watcher = {
    tell: (method, params) => send({ method, params }),
    ask: ({ id, method, params }: Question) => send({ id, method, params }),
  }
  socket.on('close', () => {
    for (const thread of threads.values()) thread.watchers.delete(watcher)
  })
  socket.on('message', (data) => {
    const { id, method, params = {}, result } = JSON.parse(String(data)) as Params & { readonly params?: Params }
    if (typeof method !== 'string') {
      for (const thread of threads.values()) thread.answer(String(id), (result as { decision: string }).decision)
      return
    }
    if (id === undefined) return
    const answer = methods[method]
    send(answer ? { id, result: answer(params, watcher) } : { id, error: unknown(method) })
  })
}

const unknown = (method: string) => ({ code: -32600, message: `Invalid request: unknown variant \`${method}\`` })

const answersOf = (cwd: string, released: Promise<void>): Answers => {
  const threads = new Map<string, PlayedThread>()
  const thread = ({ threadId }: Params): PlayedThread => threads.get(threadId as string) as PlayedThread
  const opened = (one: PlayedThread, turns: boolean): object => ({
    ...{ thread: one.show({ turns }), model: 'played', modelProvider: 'played', cwd, serviceTier: null },
    ...{ approvalPolicy: 'on-request', approvalsReviewer: 'user', reasoningEffort: null, instructionSources: [] },
    sandbox: { type: 'readOnly', networkAccess: false },
  })
  const listed = () => [...threads.values()].filter(({ isListed }) => isListed).map((one) => one.show({ turns: false }))
  const none = () => ({ data: [] })
  const methods: Answers['methods'] = {
    initialize: () => ({ userAgent: 'played/9.9.9', codexHome: cwd, platformFamily: 'unix', platformOs: 'linux' }),
    'account/read': () => ({ account: null, requiresOpenaiAuth: false }),
    'model/list': () => ({ data: [MODEL], nextCursor: null }),
    'config/read': () => ({ config: {}, origins: {}, layers: null }),
    'configRequirements/read': () => ({ requirements: null }),
    ...{ 'collaborationMode/list': none, 'hooks/list': none, 'skills/list': none },
    'plugin/installed': () => ({ marketplaces: [], marketplaceLoadErrors: [] }),
    'thread/start': ({ ephemeral }, watcher) => {
      const one = new PlayedThread({ cwd, isEphemeral: ephemeral === true, released })
      threads.set(one.id, one)
      one.watch(watcher)
      setImmediate(() => watcher.tell('thread/started', { thread: one.show() }))
      return opened(one, true)
    },
    'thread/list': () => ({ data: listed(), nextCursor: null }),
    'thread/loaded/list': () => ({ data: [...threads.keys()], nextCursor: null }),
    'thread/read': (params) => ({ thread: thread(params).show({ turns: params['includeTurns'] === true }) }),
    'thread/resume': (params, watcher) => {
      setImmediate(() => thread(params).watch(watcher))
      return opened(thread(params), params['excludeTurns'] !== true)
    },
    'thread/turns/list': (params) => ({ data: [...thread(params).show().turns].reverse(), nextCursor: null }),
    'thread/items/list': (params) => ({
      data: thread(params)
        .show()
        .turns.flatMap(({ id, items }) => items.map((item) => ({ turnId: id, item })))
        .reverse(),
      nextCursor: null,
    }),
    'thread/unsubscribe': (params, watcher) => {
      thread(params).watchers.delete(watcher)
      return { status: 'unsubscribed' }
    },
    'thread/name/set': () => ({}),
    'turn/start': (params) => ({
      turn: thread(params).start(params['input'] as never, (params['clientUserMessageId'] as string) ?? null),
    }),
    'turn/interrupt': (params) => {
      thread(params).interrupt()
      return {}
    },
  }
  return { methods, threads }
}

const MODEL = {
  ...{ id: 'played', model: 'played', displayName: 'Played', description: 'none', hidden: false, isDefault: true },
  supportedReasoningEfforts: [{ reasoningEffort: 'medium', description: 'medium' }],
  defaultReasoningEffort: 'medium',
}
