/** Owns an app-server that tests play: threads, turns as the test scripts them, questions, replay, and a network that breaks. */
import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { eventually } from '@towline/testkit'
import { type WebSocket, WebSocketServer } from 'ws'

// oxlint-disable-next-line typescript/no-explicit-any -- as it goes on the wire
type Json = any

interface Message {
  readonly id?: string | number
  readonly method?: string
  readonly params?: Json
  readonly result?: Json
  readonly error?: { readonly code: number; readonly message: string }
}

interface StubThread {
  readonly id: string
  readonly turns: Json[]
  readonly told: Json[]
  readonly open: Map<string, { readonly message: Json; readonly settle: (result: Json) => void }>
  readonly watchers: Set<WebSocket>
  readonly cwd: string
  preview: string
  seq: number
}

/** One turn while it is played. */
export interface Play {
  readonly prompt: string
  readonly params: Json
  readonly interrupted: AbortSignal
  tell(method: string, params: object): void
  /** An item from its beginning to its end. */
  item(item: object): void
  begin(item: object): void
  end(item: object): void
  /** A message in pieces. */
  say(...pieces: readonly string[]): void
  delta(method: string, itemId: string, delta: string): void
  /** Asks all who watch; the first answer. */
  ask(method: string, params: object): Promise<Json>
}

export type Script = (play: Play) => Promise<void> | void

export interface StubOptions {
  /** What a turn does; without, it repeats what it is told. */
  readonly script?: Script
  /** Without, it is as a stock server: no numbers and no replay. */
  readonly replays?: boolean
  readonly token?: string
  /** Answers, or throws, in place of a method. */
  readonly methods?: Readonly<Record<string, (params: Json) => Json>>
}

export interface Stub extends AsyncDisposable {
  readonly url: string
  /** What clients sent, in order. */
  readonly heard: Message[]
  /** Authorization fields of those who were let in. */
  readonly tokens: (string | undefined)[]
  readonly connections: number
  /** Nobody is let in any more who was. */
  revoke(): void
  /** Breaks every connection; `refusing` keeps others out until it is ended by the answer. */
  cut(refusing?: boolean): () => void
  said(method: string, fits?: (message: Message) => boolean): Promise<Message>
}

export const openStub = async (options: StubOptions = {}): Promise<Stub> => {
  const { script = echo, replays = true, methods = {} } = options
  let { token } = options
  const threads = new Map<string, StubThread>()
  const heard: Message[] = []
  const tokens: (string | undefined)[] = []
  let isRefusing = false
  const now = (): number => Math.floor(Date.now() / 1000)

  const shown = (thread: StubThread, withTurns = true): Json => ({
    ...{ id: thread.id, sessionId: thread.id, preview: thread.preview, ephemeral: false, modelProvider: 'stub' },
    ...{ createdAt: now(), updatedAt: now(), status: { type: 'idle' }, path: null, cwd: thread.cwd, cliVersion: '0' },
    ...{ source: 'cli', historyMode: 'legacy', name: null, turns: withTurns ? thread.turns : [] },
  })
  const opened = (thread: StubThread): Json => ({
    ...{ thread: shown(thread), model: 'stub-model', modelProvider: 'stub', cwd: thread.cwd },
    ...{ approvalPolicy: 'on-request', approvalsReviewer: 'user', sandbox: { type: 'readOnly', networkAccess: false } },
  })
  const make = (cwd: string, turns: Json[] = []): StubThread => {
    const thread: StubThread = {
      ...{ id: randomUUID(), turns, told: [], open: new Map(), watchers: new Set(), cwd, preview: '', seq: 0 },
    }
    threads.set(thread.id, thread)
    return thread
  }
  const known = (params: Json): StubThread => {
    const thread = threads.get(params.threadId)
    if (!thread) throw new Error(`no rollout found for thread id ${params.threadId}`)
    return thread
  }
  const tell = (thread: StubThread, method: string, params: object): void => {
    thread.seq += 1
    const message = { method, params: { threadId: thread.id, ...params }, ...(replays && { seq: thread.seq }) }
    thread.told.push(message)
    for (const watcher of thread.watchers) watcher.send(JSON.stringify(message))
  }
  const watch = (thread: StubThread, socket: WebSocket): void => {
    thread.watchers.add(socket)
    // After the answer, as real servers do.
    setImmediate(() => {
      for (const { message } of thread.open.values()) socket.send(JSON.stringify(message))
    })
  }

  const play = async (thread: StubThread, turn: Json, params: Json): Promise<void> => {
    const ending = new AbortController()
    turn.ending = ending
    const about = { turnId: turn.id }
    const begin = (item: object): void => {
      turn.items.push(item)
      tell(thread, 'item/started', { ...about, item, startedAtMs: Date.now() })
    }
    const end = (item: Json): void => {
      turn.items[turn.items.findIndex((one: Json) => one.id === item.id)] = item
      tell(thread, 'item/completed', { ...about, item, completedAtMs: Date.now() })
    }
    const item = (one: object): void => {
      begin(one)
      end(one)
    }
    const prompt = params.input.map((part: Json) => part.text ?? '').join('')
    thread.preview ||= prompt
    tell(thread, 'turn/started', { turn: bare(turn) })
    item({ type: 'userMessage', id: randomUUID(), clientId: params.clientUserMessageId ?? null, content: params.input })
    const delta = (method: string, itemId: string, text: string): void =>
      tell(thread, method, { ...about, itemId, delta: text })
    try {
      await script({
        ...{ prompt, params, interrupted: ending.signal, begin, end, item, delta },
        tell: (method, more) => tell(thread, method, { ...about, ...more }),
        say: (...pieces) => {
          const id = randomUUID()
          begin({ type: 'agentMessage', id, text: '', phase: null })
          for (const piece of pieces) delta('item/agentMessage/delta', id, piece)
          end({ type: 'agentMessage', id, text: pieces.join(''), phase: null })
        },
        ask: (method, more) =>
          new Promise((settle) => {
            const id = `ask_${randomUUID()}`
            const message = { id, method, params: { threadId: thread.id, ...about, startedAtMs: 1, ...more } }
            thread.open.set(id, { message, settle })
            for (const watcher of thread.watchers) watcher.send(JSON.stringify(message))
          }),
      })
      turn.status = ending.signal.aborted ? 'interrupted' : 'completed'
    } catch (error) {
      turn.status = 'failed'
      turn.error = { message: (error as Error).message, codexErrorInfo: 'other', additionalDetails: null }
    }
    tell(thread, 'turn/completed', { turn: bare(turn) })
  }

  const METHODS: Record<string, (params: Json, socket: WebSocket) => Json> = {
    initialize: () => ({
      userAgent: 'stub/0.169.0',
      codexHome: '/srv/stub',
      ...(replays && { towline: { version: '0' } }),
    }),
    'thread/start': ({ cwd }, socket) => {
      const thread = make(cwd ?? '/srv/app')
      watch(thread, socket)
      return opened(thread)
    },
    'thread/resume': (params, socket) => {
      const thread = known(params)
      watch(thread, socket)
      const answer = opened(thread)
      return params.excludeTurns ? { ...answer, thread: shown(thread, false) } : answer
    },
    'thread/fork': (params, socket) => {
      const from = known(params)
      const thread = make(from.cwd, from.turns.map(bareTurn))
      thread.preview = from.preview
      watch(thread, socket)
      return opened(thread)
    },
    'thread/list': ({ limit = 25, cwd }) => ({
      data: [...threads.values()]
        .reverse()
        .filter((thread) => thread.preview !== '' && (cwd === undefined || thread.cwd === cwd))
        .slice(0, limit)
        .map((thread) => shown(thread, false)),
      nextCursor: null,
    }),
    'thread/read': (params) => ({ thread: shown(known(params)) }),
    'thread/unsubscribe': (params, socket) => {
      known(params).watchers.delete(socket)
      return { status: 'unsubscribed' }
    },
    'thread/compact/start': (params) => {
      const thread = known(params)
      setImmediate(() => {
        const item = { type: 'contextCompaction', id: randomUUID() }
        tell(thread, 'item/started', { turnId: 'c', item, startedAtMs: 1 })
        tell(thread, 'item/completed', { turnId: 'c', item, completedAtMs: 1 })
      })
      return {}
    },
    'towline/thread/replay': (params, socket) => {
      const thread = known(params)
      for (const told of thread.told) if (told.seq > params.afterSeq) socket.send(JSON.stringify(told))
      return { seq: thread.seq, complete: true }
    },
    'turn/start': (params) => {
      const thread = known(params)
      const turn: Json = { id: randomUUID(), items: [], itemsView: 'full', status: 'inProgress', error: null }
      thread.turns.push(turn)
      setImmediate(() => void play(thread, turn, params))
      return { turn: bare(turn) }
    },
    'turn/interrupt': (params) => {
      known(params)
        .turns.find((turn: Json) => turn.id === params.turnId)
        ?.ending.abort()
      return {}
    },
  }

  const hear = (socket: WebSocket, message: Message): void => {
    heard.push(message)
    const { id, method, params } = message
    if (method === undefined) {
      for (const thread of threads.values()) {
        const asked = thread.open.get(String(id))
        if (!asked) continue
        thread.open.delete(String(id))
        tell(thread, 'serverRequest/resolved', { requestId: id })
        asked.settle(message.result)
      }
      return
    }
    if (id === undefined) return
    try {
      const answer = methods[method] ?? METHODS[method]
      if (!answer) throw new Error(`Invalid request: unknown variant \`${method}\``)
      socket.send(JSON.stringify({ id, result: answer(params ?? {}, socket) }))
    } catch (error) {
      socket.send(JSON.stringify({ id, error: { code: -32600, message: (error as Error).message } }))
    }
  }

  const sockets = new WebSocketServer({ noServer: true })
  const server = createServer()
  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    if (isRefusing) return socket.destroy()
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
      return void socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
    }
    tokens.push(request.headers.authorization)
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('message', (data) => hear(webSocket, JSON.parse(String(data)) as Message))
      webSocket.on('close', () => {
        for (const thread of threads.values()) thread.watchers.delete(webSocket)
      })
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    tokens,
    get connections() {
      return sockets.clients.size
    },
    revoke: () => {
      token = randomUUID()
    },
    cut: (refusing = false) => {
      isRefusing = refusing
      for (const client of sockets.clients) client.terminate()
      for (const thread of threads.values()) thread.watchers.clear()
      return () => {
        isRefusing = false
      }
    },
    said: (method, fits = () => true) =>
      eventually(method, () => heard.find((message) => message.method === method && fits(message))),
    [Symbol.asyncDispose]: async () => {
      for (const client of sockets.clients) client.terminate()
      await new Promise((done) => server.close(done))
    },
  }
}

/** An item: a command that runs. */
export const COMMAND = {
  ...{ type: 'commandExecution', id: 'c1', command: 'rm -rf build', cwd: '/srv/app', processId: null, source: 'agent' },
  ...{ commandActions: [], aggregatedOutput: null, exitCode: null, durationMs: null, status: 'inProgress' },
}

const echo: Script = ({ say, prompt }) => say('You said: ', prompt)

const bare = ({ id, status, error }: Json): Json => ({ id, items: [], itemsView: 'notLoaded', status, error })
const bareTurn = (turn: Json): Json => ({
  ...turn,
  ending: undefined,
  items: turn.items.map((item: Json) => ({ ...item, id: createHash('sha256').update(item.id).digest('hex') })),
})
