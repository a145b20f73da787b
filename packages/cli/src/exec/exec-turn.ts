/** Owns following one turn to its end: each thing that happens is told once, also when the thread had to be read anew. */
import type { AppNotification } from '@towline/app-server'
import type { Thread, ThreadItem, ThreadNotifications, ThreadTokenUsage, Turn } from '@towline/protocol'
import { rowOf } from '../row-of.ts'
import { execItem, todoList } from './exec-items.ts'

/** A line of `--json`. */
export type ExecEvent = { readonly type: string } & Readonly<Record<string, unknown>>

export interface ExecTurnOptions {
  readonly threadId: string
  onEvent(event: ExecEvent): void
  /** For people. */
  onItem(item: ThreadItem, isDone: boolean): void
  onWarning(text: string): void
}

type Told = { readonly [Name in keyof ThreadNotifications]?: (params: ThreadNotifications[Name]) => void }

export class ExecTurn {
  readonly #options: ExecTurnOptions
  readonly #started = new Set<string>()
  readonly #completed = new Set<string>()
  readonly #messages: string[] = []
  #turnId: string | undefined
  #early: AppNotification[] = []
  #usage: ThreadTokenUsage | undefined
  #planItem: string | undefined
  #settle: (turn: Turn) => void = () => {}
  /** The turn as it ended. */
  readonly ended = new Promise<Turn>((done) => {
    this.#settle = done
  })

  constructor(options: ExecTurnOptions) {
    this.#options = options
  }

  get turnId(): string | undefined {
    return this.#turnId
  }

  /** What the agent said last in this turn. */
  get lastMessage(): string | undefined {
    return this.#messages.at(-1)
  }

  get usage(): ThreadTokenUsage | undefined {
    return this.#usage
  }

  /** The turn that took the prompt; what came of it before that was known is told now. */
  follow(turnId: string): void {
    this.#turnId = turnId
    this.#options.onEvent({ type: 'turn.started' })
    const early = this.#early
    this.#early = []
    for (const told of early) this.hear(told)
  }

  hear(told: AppNotification): void {
    const { threadId, turnId, turn } = told.params as {
      readonly threadId?: string
      readonly turnId?: string
      readonly turn?: { readonly id?: string }
    }
    if (threadId !== undefined && threadId !== this.#options.threadId) return
    if (this.#turnId === undefined) return void this.#early.push(told)
    const about = turnId ?? turn?.id
    if (about !== undefined && about !== this.#turnId) return
    rowOf(this.#TOLD as Readonly<Record<string, (params: object) => void>>, told.method)?.(told.params)
  }

  /** The thread was read anew after a break: what of it is over and was not told yet. */
  read(thread: Thread): void {
    const turn = thread.turns.find(({ id }) => id === this.#turnId)
    if (!turn) return
    for (const item of turn.items) if (turn.status !== 'inProgress' || isOver(item)) this.#done(item)
    if (turn.status !== 'inProgress') this.#settle(turn)
  }

  readonly #TOLD: Told = {
    'item/started': ({ item }) => this.#begun(item),
    'item/completed': ({ item }) => this.#done(item),
    'turn/plan/updated': ({ plan, turnId }) => {
      const type = this.#planItem === undefined ? 'item.started' : 'item.updated'
      this.#planItem ??= `plan-${turnId}`
      this.#options.onEvent({ type, item: todoList(this.#planItem, plan) })
    },
    'thread/tokenUsage/updated': ({ tokenUsage }) => {
      this.#usage = tokenUsage
    },
    'turn/completed': ({ turn }) => this.#settle(turn),
    error: ({ error, willRetry }) => {
      if (willRetry) this.#options.onWarning(`asking the model again: ${error.message}`)
    },
    warning: ({ message }) => this.#options.onWarning(message),
  }

  #begun(item: ThreadItem): void {
    if (this.#started.has(item.id)) return
    this.#started.add(item.id)
    this.#tell('item.started', item, false)
  }

  /** Messages are told whole, at their end. */
  #done(item: ThreadItem): void {
    if (this.#completed.has(item.id)) return
    this.#completed.add(item.id)
    if (item.type === 'agentMessage') this.#messages.push(item.text)
    this.#tell('item.completed', item, true)
  }

  #tell(type: string, item: ThreadItem, isDone: boolean): void {
    const told = execItem(item)
    if (told && (isDone || item.type !== 'agentMessage')) this.#options.onEvent({ type, item: told })
    this.#options.onItem(item, isDone)
  }
}

const isOver = (item: ThreadItem): boolean =>
  'status' in item ? item.status !== 'inProgress' : item.type === 'userMessage'
