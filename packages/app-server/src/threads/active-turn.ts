/** Owns the turn that runs: what clients are shown of it until it is in lines, what was said to it, and how it is stopped. */
import type { ThreadItem, ThreadNotifications, Turn, UserInput } from '@towline/protocol'

export interface Said {
  readonly input: readonly UserInput[]
  readonly clientId: string | null
}

type Delta = { readonly itemId: string; readonly delta: string }
type Grow = (item: ThreadItem, delta: string, params: Delta) => ThreadItem

const GROW: { readonly [Name in keyof ThreadNotifications]?: Grow } = {
  'item/agentMessage/delta': (item, delta) =>
    item.type === 'agentMessage' ? { ...item, text: item.text + delta } : item,
  'item/plan/delta': (item, delta) => (item.type === 'plan' ? { ...item, text: item.text + delta } : item),
  'item/commandExecution/outputDelta': (item, delta) =>
    item.type === 'commandExecution' ? { ...item, aggregatedOutput: (item.aggregatedOutput ?? '') + delta } : item,
  'item/reasoning/summaryTextDelta': (item, _, params) =>
    item.type === 'reasoning' ? { ...item, summary: grown(item.summary, params, 'summaryIndex') } : item,
  'item/reasoning/textDelta': (item, _, params) =>
    item.type === 'reasoning' ? { ...item, content: grown(item.content, params, 'contentIndex') } : item,
}

const grown = (parts: readonly string[], params: Delta, name: string): readonly string[] => {
  const { delta } = params
  const at = Number((params as unknown as Readonly<Record<string, unknown>>)[name] ?? 0)
  return Array.from({ length: Math.max(parts.length, at + 1) }, (_, index) =>
    index === at ? (parts[index] ?? '') + delta : (parts[index] ?? ''),
  )
}

export class ActiveTurn {
  readonly id: string
  readonly startedAtMs: number
  readonly #abort = new AbortController()
  readonly #items = new Map<string, ThreadItem>()
  #said: Said[] = []
  #over = false

  /** `items`: of one that goes on. */
  constructor(id: string, startedAtMs: number, items: readonly ThreadItem[] = []) {
    this.id = id
    this.startedAtMs = startedAtMs
    for (const item of items) this.#items.set(item.id, item)
  }

  get startedAt(): number {
    return Math.floor(this.startedAtMs / 1000)
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  stop(reason: Error): void {
    this.#abort.abort(reason)
  }

  /** Nothing more is said to it. */
  end(): void {
    this.#over = true
  }

  get over(): boolean {
    return this.#over
  }

  say(said: Said): void {
    this.#said.push(said)
  }

  get waiting(): number {
    return this.#said.length
  }

  takeSaid(): readonly Said[] {
    const said = this.#said
    this.#said = []
    return said
  }

  /** What is told of it, in order. */
  hear<Name extends keyof ThreadNotifications>(method: Name, params: ThreadNotifications[Name]): void {
    if (method === 'item/started' || method === 'item/completed') {
      const { item } = params as ThreadNotifications['item/started']
      this.#items.set(item.id, item)
    }
    const grow = GROW[method]
    if (!grow) return
    const delta = params as unknown as Delta
    const item = this.#items.get(delta.itemId)
    if (item) this.#items.set(item.id, grow(item, delta.delta, delta))
  }

  get lastMessage(): Extract<ThreadItem, { type: 'agentMessage' }> | undefined {
    return [...this.#items.values()].findLast((item) => item.type === 'agentMessage')
  }

  snapshot(): Turn {
    return { ...this.begun(), items: [...this.#items.values()], itemsView: 'full' }
  }

  /** As it is told when it begins. */
  begun(): Turn {
    return {
      ...{ id: this.id, items: [], itemsView: 'notLoaded', status: 'inProgress', error: null },
      ...{ startedAt: this.startedAt, completedAt: null, durationMs: null },
    }
  }
}
