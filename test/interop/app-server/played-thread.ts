/** Owns a thread of the played app-server: its turns by the story, what it tells whoever watches, and the question it waits with. */
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type {
  CommandExecutionItem,
  FileChangeItem,
  ServerRequest,
  Thread,
  ThreadItem,
  ThreadNotification,
  ThreadNotifications,
  Turn,
  UserInput,
} from '@towline/protocol'
import { execFileSync } from 'node:child_process'
import { type Act, actFor, piecesOf } from './played-story.ts'

/** A connection that watches the thread. */
export interface Watcher {
  tell(method: string, params: object): void
  ask(question: Question): void
}

export interface Question {
  readonly id: string
  readonly method: ServerRequest
  readonly params: object
}

interface Waiting extends Question {
  answered(decision: string): void
}

const now = (): number => Math.floor(Date.now() / 1000)
let questions = 0

export class PlayedThread {
  readonly id = randomUUID()
  readonly watchers = new Set<Watcher>()
  readonly #cwd: string
  readonly #turns: Turn[] = []
  readonly #ephemeral: boolean
  readonly #released: Promise<void>
  #preview = ''
  #waiting: Waiting | undefined
  #stop: AbortController | undefined

  /** `released` settles when what is held back may be said. */
  constructor({ cwd, isEphemeral, released }: { cwd: string; isEphemeral: boolean; released: Promise<void> }) {
    this.#cwd = cwd
    this.#ephemeral = isEphemeral
    this.#released = released
  }

  get isListed(): boolean {
    return !this.#ephemeral && this.#preview !== ''
  }

  /** `turns` are left out of lists. */
  show({ turns = true } = {}): Thread {
    return {
      ...{ id: this.id, sessionId: this.id, forkedFromId: null, preview: this.#preview, ephemeral: this.#ephemeral },
      ...{ historyMode: 'legacy', modelProvider: 'played', model: 'played', reasoningEffort: null },
      ...{ createdAt: now(), updatedAt: now(), recencyAt: now(), status: { type: 'idle' }, path: null, cwd: this.#cwd },
      ...{
        cliVersion: '9.9.9',
        originator: null,
        source: 'cli',
        threadSource: 'user',
        gitInfo: null,
        name: null,
        projectId: null,
      },
      ...{ environments: null, turns: turns ? this.#turns : [] },
    }
  }

  watch(watcher: Watcher): void {
    this.watchers.add(watcher)
    if (this.#waiting) watcher.ask(this.#waiting)
  }

  /** Answers the turn that has begun; the rest follows after the answer. */
  start(input: readonly UserInput[], clientId: string | null): Turn {
    const turn = turnOf({ id: randomUUID(), status: 'inProgress' })
    const text = input.map((part) => (part.type === 'text' ? part.text : '')).join('')
    this.#preview ||= text
    this.#stop = new AbortController()
    setImmediate(() => void this.#run(turn, { type: 'userMessage', id: randomUUID(), clientId, content: input }, text))
    return turn
  }

  interrupt(): void {
    this.#stop?.abort()
    this.#waiting?.answered('cancel')
  }

  /** The first answer counts. */
  answer(id: string, decision: string): void {
    if (this.#waiting?.id === id) this.#waiting.answered(decision)
  }

  #tell<Method extends ThreadNotification>(
    method: Method,
    params: Omit<ThreadNotifications[Method], 'threadId'>,
  ): void {
    for (const watcher of this.watchers) watcher.tell(method, { threadId: this.id, ...params })
  }

  async #run(turn: Turn, said: ThreadItem, text: string): Promise<void> {
    const items: ThreadItem[] = []
    const { signal } = this.#stop as AbortController
    this.#tell('turn/started', { turn })
    this.#tell('thread/status/changed', { status: { type: 'active', activeFlags: [] } })
    this.#whole(turn.id, said, items)
    const isOver = await this.#act(turn.id, actFor(text), items)
    const status = signal.aborted || isOver ? 'interrupted' : 'completed'
    const done = turnOf({ id: turn.id, status, items })
    this.#turns.push(done)
    this.#tell('thread/status/changed', { status: { type: 'idle' } })
    this.#tell('turn/completed', { turn: { ...done, items: [] } })
  }

  /** True when somebody ended it. */
  async #act(turnId: string, { command, patch, endless, held, says }: Act, items: ThreadItem[]): Promise<boolean> {
    const { signal } = this.#stop as AbortController
    if (command !== undefined && (await this.#command(turnId, command, items))) return true
    if (patch && (await this.#patch(turnId, patch, items))) return true
    if (endless) await new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }))
    if (signal.aborted) return true
    await this.#say(turnId, { says, held }, items)
    return signal.aborted
  }

  async #command(turnId: string, command: string, items: ThreadItem[]): Promise<boolean> {
    const commandActions = [{ type: 'unknown', command }] as const
    const item: CommandExecutionItem = {
      ...{ type: 'commandExecution', id: randomUUID(), command, cwd: this.#cwd, processId: null, source: 'agent' },
      ...{ status: 'inProgress', commandActions, aggregatedOutput: null, exitCode: null, durationMs: null },
    }
    this.#tell('item/started', { turnId, item, startedAtMs: Date.now() })
    const decision = await this.#ask('item/commandExecution/requestApproval', {
      ...{ turnId, itemId: item.id, startedAtMs: Date.now(), kind: 'command', environmentId: null, reason: 'because' },
      ...{ command, cwd: this.#cwd, commandActions, proposedExecpolicyAmendment: null },
    })
    const isAllowed = decision.startsWith('accept')
    const output = isAllowed ? execFileSync('sh', ['-c', command], { cwd: this.#cwd, encoding: 'utf8' }) : null
    const status = isAllowed ? 'completed' : 'declined'
    this.#end(
      turnId,
      { ...item, status, aggregatedOutput: output, exitCode: isAllowed ? 0 : null, durationMs: 5 },
      items,
    )
    return decision === 'cancel'
  }

  async #patch(turnId: string, { path, lines }: NonNullable<Act['patch']>, items: ThreadItem[]): Promise<boolean> {
    const text = lines.map((line) => `${line}\n`).join('')
    const changes = [{ path: join(this.#cwd, path), kind: { type: 'add' }, diff: text }] as const
    const item: FileChangeItem = { type: 'fileChange', id: randomUUID(), changes, status: 'inProgress' }
    this.#tell('item/started', { turnId, item, startedAtMs: Date.now() })
    const asked = { turnId, itemId: item.id, startedAtMs: Date.now(), reason: null, grantRoot: null }
    const decision = await this.#ask('item/fileChange/requestApproval', asked)
    const isAllowed = decision.startsWith('accept')
    if (isAllowed) writeFileSync(join(this.#cwd, path), text)
    this.#end(turnId, { ...item, status: isAllowed ? 'completed' : 'declined' }, items)
    return decision === 'cancel'
  }

  #ask(method: ServerRequest, params: object): Promise<string> {
    return new Promise((done) => {
      const question = { id: `q${++questions}`, method, params: { threadId: this.id, ...params } }
      const answered = (decision: string): void => {
        this.#waiting = undefined
        this.#tell('serverRequest/resolved', { requestId: question.id })
        done(decision)
      }
      this.#waiting = { ...question, answered }
      for (const watcher of this.watchers) watcher.ask(question)
    })
  }

  async #say(
    turnId: string,
    { says, held }: { readonly says: string; readonly held: true | undefined },
    items: ThreadItem[],
  ): Promise<void> {
    const item = { type: 'agentMessage', id: randomUUID(), text: '', phase: null } as const
    this.#tell('item/started', { turnId, item, startedAtMs: Date.now() })
    const [first, rest] = piecesOf(says)
    const tell = (delta: string): void => this.#tell('item/agentMessage/delta', { turnId, itemId: item.id, delta })
    first.forEach(tell)
    if (held) await this.#released
    rest.forEach(tell)
    this.#end(turnId, { ...item, text: says }, items)
  }

  #whole(turnId: string, item: ThreadItem, items: ThreadItem[]): void {
    this.#tell('item/started', { turnId, item, startedAtMs: Date.now() })
    this.#end(turnId, item, items)
  }

  #end(turnId: string, item: ThreadItem, items: ThreadItem[]): void {
    items.push(item)
    this.#tell('item/completed', { turnId, item, completedAtMs: Date.now() })
  }
}

const turnOf = ({
  id,
  status,
  items = [],
}: Pick<Turn, 'id' | 'status'> & { readonly items?: readonly ThreadItem[] }): Turn => ({
  ...{ id, items, itemsView: 'full', status, error: null, startedAt: now(), completedAt: null, durationMs: null },
})
