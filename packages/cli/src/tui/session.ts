/** Owns what a person does in a thread: keys in, requests out, and what comes back into the state. */
import { randomUUID } from 'node:crypto'
import { type AppClient, type AppQuestion, startTurn } from '@towline/app-server'
import { AppError, type RpcId, type Thread } from '@towline/protocol'
import { askedOf } from './choices.ts'
import { cleared, holding, sentAway, typed } from './composer.ts'
import type { Key } from './keys.ts'
import { openPicker, picked, titleOf } from './picker.ts'
import { pageOf, turned } from './question.ts'
import type { OpenedThread } from './reduce.ts'
import { safeLine } from './safe-text.ts'
import { helpText, readSlash, type Slash, type SlashName } from './slash.ts'
import { listThreads } from './thread-list.ts'
import type { TuiStore } from './tui-state.ts'
import { lastAnswer, type Notice } from './view.ts'

export interface SessionOptions {
  readonly store: TuiStore
  /** Of a new thread, and of which threads are shown; absent: the server's own folder, and all. */
  readonly cwd: string | undefined
  /** For new threads: model, sandbox, and whom it asks. */
  readonly settings: object
  readonly all: boolean
  /** To the clipboard; false when it is too long for that. */
  copy(text: string): boolean
  /** It is over. */
  leave(): void
}

const LISTED = 25

export class Session {
  readonly #options: SessionOptions
  readonly #answers = new Map<RpcId, (answer: object) => void>()
  #client: AppClient | undefined
  #work: Promise<void> = Promise.resolve()

  constructor(options: SessionOptions) {
    this.#options = options
  }

  set client(client: AppClient) {
    this.#client = client
  }

  get #store(): TuiStore {
    return this.#options.store
  }

  get threadId(): string | undefined {
    return this.#store.state.view.thread?.id
  }

  /** For the client: what a server asks is shown until it is answered, here or elsewhere. */
  readonly ask = ({ id, method, params: given, signal }: AppQuestion): Promise<object> | undefined => {
    const params = given ?? {}
    if (!askedOf({ method, params })) return undefined
    return new Promise((done, fail) => {
      this.#answers.set(id, done)
      this.#store.view({ type: 'asked', question: { id, method, params } })
      const over = (): void => {
        this.#answers.delete(id)
        this.#store.view({ type: 'answered', id })
        fail(signal.reason as Error)
      }
      signal.addEventListener('abort', over, { once: true })
    })
  }

  async start(): Promise<void> {
    const { cwd, settings } = this.#options
    await this.#open('thread/start', { ...settings, ...(cwd !== undefined && { cwd }) })
  }

  async resume(threadId: string): Promise<void> {
    await this.#open('thread/resume', { threadId })
  }

  async fork(threadId: string): Promise<void> {
    await this.#open('thread/fork', { threadId })
  }

  async threads(limit = LISTED): Promise<readonly Thread[]> {
    const { cwd, all } = this.#options
    return await listThreads(this.#connected(), { limit, cwd: all ? undefined : cwd })
  }

  async pick(purpose: 'resume' | 'fork'): Promise<void> {
    this.#store.set({ picker: openPicker(purpose, await this.threads()) })
  }

  /** Waits for what was begun before. */
  do(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: unknown) => this.#failed(error))
  }

  notice(level: Notice['level'], text: string): void {
    this.#store.view({ type: 'notice', level, text })
  }

  press(key: Key): void {
    const { composer, picker, view, isLeaving } = this.#store.state
    if (isLeaving) this.#store.set({ isLeaving: false })
    if (key.name === 'interrupt' && isLeaving) return this.#options.leave()
    if (picker) return this.#pickWith(key)
    if (key.name === 'interrupt') {
      if (composer.text === '') this.#store.set({ isLeaving: true })
      else this.#store.set({ composer: cleared(composer) })
    } else if (view.questions.length > 0) this.#answerWith(key)
    else if (key.name === 'escape') this.#interrupt()
    else if (key.name === 'enter') this.#submit()
    else if (key.name === 'end-of-input' && composer.text === '') this.#options.leave()
    else this.#store.set({ composer: typed(composer, key) })
    this.#store.draw()
  }

  send(text: string): void {
    const threadId = this.threadId
    if (threadId === undefined) return this.notice('error', 'There is no thread yet: try /new.')
    const clientUserMessageId = randomUUID()
    this.#store.view({ type: 'sent', clientId: clientUserMessageId, text })
    const input = [{ type: 'text', text, text_elements: [] }] as const
    this.#lateOn(startTurn(this.#connected(), { threadId, clientUserMessageId, input }), () => {
      this.#store.view({ type: 'unsent', clientId: clientUserMessageId })
      const { composer } = this.#store.state
      if (composer.text === '') this.#store.set({ composer: holding(composer, text) })
    })
  }

  /** A thread that was never said anything in is not kept by servers: another one takes its place. */
  lost(threadId: string, error: AppError): void {
    if (threadId !== this.threadId) return
    const wasUsed = this.#store.state.view.entries.some(({ item }) => item.type === 'userMessage')
    if (wasUsed) this.#failed(error)
    else this.do(() => this.start())
  }

  #connected(): AppClient {
    if (!this.#client) throw new AppError('APP_SERVER_LOST', { method: 'anything' })
    return this.#client
  }

  #ask<Result>(method: string, params: object): Promise<Result> {
    return this.#connected().request<Result>(method, params, { repeat: true })
  }

  async #open(method: string, params: object): Promise<void> {
    const before = this.threadId
    await this.#connected().request(method, params, {
      onResult: (opened) => this.#store.view({ type: 'opened', opened: opened as OpenedThread }),
    })
    if (before !== undefined && before !== this.threadId)
      await this.#ask('thread/unsubscribe', { threadId: before }).catch(() => {})
  }

  #lateOn(work: Promise<unknown>, undo: () => void = () => {}): void {
    work.catch((error: unknown) => {
      undo()
      this.#failed(error)
    })
  }

  #failed(error: unknown): void {
    if (error instanceof AppError) return this.notice('error', `${error.message} ${error.next}`)
    if (error instanceof Error && error.name === 'AbortError') return
    throw error
  }

  #pickWith(key: Key): void {
    const { picker } = this.#store.state
    if (!picker) return
    const next = picked(picker, key)
    if (next === 'closed') {
      this.#store.set({ picker: undefined })
      if (this.threadId === undefined) this.#options.leave()
    } else if ('chosen' in next) {
      this.#store.set({ picker: undefined })
      this.do(() => this[picker.purpose](next.chosen.id))
    } else this.#store.set({ picker: next })
    this.#store.draw()
  }

  /** Only what is on the screen is answered: a key that was meant for something else does not say yes to what came meanwhile. */
  #answerWith(key: Key): void {
    const page = pageOf(this.#store.state)
    if (!page || pageOf(this.#store.shown())?.reading.of !== page.reading.of) return
    if (key.name === 'down' || key.name === 'up') return this.#store.set({ reading: turned(page, key.name) })
    const pressed = key.name === 'text' ? key.text.toLowerCase() : key.name
    const choice = page.choices.find((one) => one.key === pressed)
    if (!choice) return
    const { id } = page.question
    this.#answers.get(id)?.(choice.answer)
    this.#answers.delete(id)
    this.#store.view({ type: 'answered', id })
  }

  #interrupt(): void {
    const { turnId, thread } = this.#store.state.view
    if (turnId === undefined || !thread) return
    this.#lateOn(this.#connected().request('turn/interrupt', { threadId: thread.id, turnId }))
  }

  #submit(): void {
    const { composer } = this.#store.state
    const { text } = composer
    if (text.trim() === '') return
    this.#store.set({ composer: sentAway(composer) })
    const slash = readSlash(text)
    if (slash) this.#command(slash)
    else this.send(text)
  }

  #command(slash: Slash): void {
    if (slash.name === undefined)
      return this.notice('warning', `There is no /${slash.typed}; /help shows what there is.`)
    this.#COMMANDS[slash.name](slash.rest)
  }

  readonly #COMMANDS: Readonly<Record<SlashName, (rest: string) => void>> = {
    help: () => this.notice('info', helpText()),
    quit: () => this.#options.leave(),
    new: () => this.do(() => this.start()),
    resume: (id) => this.do(() => (id === '' ? this.pick('resume') : this.resume(id))),
    fork: () => this.do(async () => await (this.threadId === undefined ? this.pick('fork') : this.fork(this.threadId))),
    list: () => this.do(() => this.#list()),
    compact: () => this.#lateOn(this.#connected().request('thread/compact/start', { threadId: this.threadId ?? '' })),
    copy: () => this.#copy(),
    status: () => this.notice('info', this.#status()),
  }

  async #list(): Promise<void> {
    const threads = await this.threads()
    const lines = threads.map((thread) => `${safeLine(thread.id)}  ${titleOf(thread)}`)
    this.notice('info', lines.length === 0 ? 'There are no threads yet.' : lines.join('\n'))
  }

  #copy(): void {
    const answer = lastAnswer(this.#store.state.view)
    if (answer === undefined) return this.notice('warning', 'There is no answer to copy yet.')
    const isCopied = this.#options.copy(answer)
    if (isCopied) return this.notice('info', 'Copied to the clipboard.')
    this.notice('warning', 'The answer is too long for the clipboard of a terminal.')
  }

  #status(): string {
    const { thread, model, cwd, usage, turnId } = this.#store.state.view
    const rows: readonly (readonly [string, string | undefined])[] = [
      ['thread', thread?.id],
      ['name', thread?.name ?? undefined],
      ['model', model],
      ['folder', cwd],
      ['server', this.#connected().server.userAgent],
      ['tokens', usage && `${usage.total.totalTokens} in all, ${usage.last.totalTokens} last`],
      ['agent', turnId === undefined ? 'idle' : 'at work'],
    ]
    return rows.flatMap(([name, value]) => (value ? [`${name.padEnd(8)} ${safeLine(value)}`] : [])).join('\n')
  }
}
