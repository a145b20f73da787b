/** Owns the open questions of one thread: who was asked, whose answer counts, and those that wait for the server to ask again. */
import { isDeepStrictEqual } from 'node:util'
import { type ActiveFlag, AppError, LIMITS, type RpcFault } from '@towline/protocol'
import { randomText } from '@towline/base'
import type { PendingQuestion, Subscriber } from '../server/subscriber.ts'
import { ANSWERS } from './answers.ts'
import type { QuestionStore, StoredQuestion } from './question-store.ts'

const ID_CHARS = 16

interface Open extends PendingQuestion {
  readonly key: string
  readonly askedAtMs: number
  /** Of this process; absent while the one that asked is gone. */
  settle?: (answer: unknown) => void
  /** Given while nobody waited. */
  answer?: unknown
  /** Those who cannot answer it. */
  readonly unable: Set<string>
}

export interface Answered {
  readonly result: unknown
  readonly fault: RpcFault | undefined
}

export interface QuestionsOptions {
  readonly threadId: string
  readonly store: QuestionStore | undefined
  /** It has been answered, or is not asked any more. */
  resolved(id: string): void
  /** What the thread waits for is another than before. */
  waiting(flags: readonly ActiveFlag[]): void
  watchers(): Iterable<Subscriber>
}

export class Questions {
  readonly #options: QuestionsOptions
  readonly #open = new Map<string, Open>()
  #flags: readonly ActiveFlag[] = []

  constructor(options: QuestionsOptions) {
    this.#options = options
    for (const stored of options.store?.load(options.threadId) ?? []) this.#open.set(stored.id, restored(stored))
  }

  get flags(): readonly ActiveFlag[] {
    return this.#flags
  }

  get unanswered(): readonly PendingQuestion[] {
    return [...this.#open.values()].filter(({ answer }) => answer === undefined).map(shown)
  }

  /** Rejects with the reason of `signal`, and with LIMIT_REACHED. */
  async ask(method: string, params: object, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted()
    const { question, isNew } = this.#take(method, params)
    if (question.answer !== undefined) return this.#close(question, question.answer)
    return await new Promise((done, fail) => {
      const stop = (): void => {
        this.#close(question, undefined)
        this.#options.resolved(question.id)
        this.#steer()
        fail(signal.reason as Error)
      }
      signal.addEventListener('abort', stop, { once: true })
      question.settle = (answer) => {
        signal.removeEventListener('abort', stop)
        done(answer)
      }
      this.#steer()
      // Who watches was asked one of an earlier run when it began to watch.
      if (isNew) for (const watcher of this.#options.watchers()) watcher.ask(shown(question))
    })
  }

  /** Of a client; the first that can be understood counts. Whether the question was open. */
  answer(id: string, from: string, { result, fault }: Answered): boolean {
    const question = this.#open.get(id)
    if (!question || question.answer !== undefined) return false
    const known = ANSWERS[question.method]
    const { data } = fault === undefined && known ? known.schema.safeParse(result) : { data: undefined }
    if (data !== undefined) this.#settle(question, data)
    else this.#refused(question, from)
    return true
  }

  /** Somebody who was asked is gone: the others may all have said that they cannot answer. */
  left(): void {
    for (const question of this.#open.values()) if (question.unable.size > 0) this.#refused(question)
  }

  #take(method: string, params: object): { readonly question: Open; readonly isNew: boolean } {
    const key = keyOf(method, params)
    const before = [...this.#open.values()].find((open) => open.key === key && open.settle === undefined)
    if (before && isSame(before.params, params)) return { question: before, isNew: false }
    if (before) {
      this.#close(before, undefined)
      this.#options.resolved(before.id)
    }
    const most = LIMITS.appServerQuestions
    if (this.#open.size >= most) throw new AppError('LIMIT_REACHED', { limit: 'appServerQuestions', value: most })
    const id = `ask_${randomText(ID_CHARS)}`
    const question: Open = { id, method, params, key, askedAtMs: Date.now(), unable: new Set() }
    this.#options.store?.put(storedOf(this.#options.threadId, question))
    this.#open.set(id, question)
    return { question, isNew: true }
  }

  #settle(question: Open, answer: unknown): void {
    const { settle } = question
    if (settle) this.#close(question, answer)
    else this.#keep(question, answer)
    this.#options.resolved(question.id)
    this.#steer()
    settle?.(answer)
  }

  /** The server will ask it again once it goes on with the turn. */
  #keep(question: Open, answer: unknown): void {
    question.answer = answer
    this.#options.store?.put(storedOf(this.#options.threadId, question))
  }

  #close<T>({ id }: Open, answer: T): T {
    this.#open.delete(id)
    this.#options.store?.remove(this.#options.threadId, id)
    return answer
  }

  #refused(question: Open, from?: string): void {
    if (from !== undefined) question.unable.add(from)
    const watchers = [...this.#options.watchers()]
    if (watchers.length === 0 || watchers.some(({ id }) => !question.unable.has(id))) return
    this.#settle(question, ANSWERS[question.method]?.refusal ?? {})
  }

  #steer(): void {
    const waiting = [...this.#open.values()].filter(({ answer }) => answer === undefined)
    const flags = [...new Set(waiting.flatMap(({ method }) => ANSWERS[method]?.flag ?? []))]
    if (flags.join() === this.#flags.join()) return
    this.#flags = flags
    this.#options.waiting(flags)
  }
}

const shown = ({ id, method, params }: PendingQuestion): PendingQuestion => ({ id, method, params })

/** The same question of a server that was started again: about the same call of the same turn. */
const keyOf = (method: string, params: object): string => {
  const { turnId, itemId, callId, elicitationId, approvalId } = params as Readonly<Record<string, unknown>>
  return JSON.stringify([method, turnId, itemId, callId, elicitationId, approvalId])
}

/** But for when. What people saw and answered is what goes on, or they are asked anew. */
const isSame = (one: object, other: object): boolean => {
  const [a, b] = [one, other].map((params) => JSON.parse(JSON.stringify({ ...params, startedAtMs: 0 })) as unknown)
  return isDeepStrictEqual(a, b)
}

const restored = ({ id, method, params, askedAtMs, answer }: StoredQuestion): Open => ({
  ...{ id, method, params, askedAtMs, key: keyOf(method, params), unable: new Set<string>() },
  ...(answer !== undefined && { answer }),
})

const storedOf = (threadId: string, { id, method, params, askedAtMs, answer }: Open): StoredQuestion => ({
  ...{ id, threadId, method, params, askedAtMs },
  ...(answer !== undefined && { answer }),
})
