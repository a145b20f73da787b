/** Owns reading one answer of a model: items that clients see grow, items that go to the history, and how it ended. */
import type { TokenUsage } from '@towline/protocol'
import type { ResponseItem } from '../../threads/rollout-line.ts'
import type { Teller } from '../teller.ts'
import {
  deltaOf,
  errorOf,
  idOf,
  incomplete,
  indexOf,
  isItem,
  itemOf,
  responseOf,
  stringOf,
  textOf,
  textsOf,
} from './event-fields.ts'
import { answerFailure, type ModelFailure, nonsense } from './model-failure.ts'
import type { ModelEvent } from './model-client.ts'
import { usageOf } from './token-usage.ts'

interface OpenMessage {
  readonly type: 'message'
  text: string
  phase: 'commentary' | 'final_answer' | null
}

interface OpenReasoning {
  readonly type: 'reasoning'
  readonly summary: string[]
  readonly content: string[]
}

type Open = OpenMessage | OpenReasoning

export interface AnswerReaderOptions {
  /** Undefined: clients are told nothing, as of a summary. */
  readonly teller: Teller | undefined
  /** Called with each item when it is whole. */
  readonly whole: (item: ResponseItem) => void
  readonly newId: () => string
}

/** What `take` answers when it is over. */
export interface Ended {
  readonly usage: TokenUsage | undefined
}

type Handler = (reader: AnswerReader, event: ModelEvent) => Ended | void

/** Other events say nothing that is needed. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  'response.output_item.added': (reader, event) => reader.added(itemOf(event)),
  'response.output_text.delta': (reader, event) => reader.text(event),
  'response.refusal.delta': (reader, event) => reader.text(event),
  'response.reasoning_summary_part.added': (reader, event) => reader.summaryPart(event),
  'response.reasoning_summary_text.delta': (reader, event) => reader.summaryText(event),
  'response.reasoning_text.delta': (reader, event) => reader.reasoningText(event),
  'response.output_item.done': (reader, event) => reader.done(itemOf(event)),
  'response.completed': (reader, event) => reader.completed(event),
  'response.done': (reader, event) => reader.completed(event),
  'response.failed': (_, event) => fail(answerFailure(errorOf(responseOf(event)))),
  'response.incomplete': (_, event) => fail(incomplete(responseOf(event))),
  error: (_, event) => fail(answerFailure(errorOf(event))),
}

const fail = (failure: ModelFailure): never => {
  throw failure
}

export class AnswerReader {
  readonly #options: AnswerReaderOptions
  readonly #open = new Map<string, Open>()
  readonly #ended = new Set<string>()
  readonly #items: ResponseItem[] = []

  constructor(options: AnswerReaderOptions) {
    this.#options = options
  }

  /** All that are whole, in order. */
  get items(): readonly ResponseItem[] {
    return this.#items
  }

  /** Throws ModelFailure. */
  take(event: ModelEvent): Ended | undefined {
    const handler = Object.hasOwn(HANDLERS, event.type) ? HANDLERS[event.type] : undefined
    return handler?.(this, event) ?? undefined
  }

  /** What was seen of items that will not end is closed as it is. */
  abandon(): void {
    for (const [id, open] of this.#open) this.#close(id, open)
    this.#open.clear()
  }

  // By event

  added(item: ResponseItem): void {
    const id = idOf(item)
    if (id !== undefined && (item.type === 'message' || item.type === 'reasoning')) this.#begin(id, item.type)
  }

  text(event: ModelEvent): void {
    const [id, delta] = deltaOf(event)
    this.#of(id, 'message').text += delta
    this.#options.teller?.tell('item/agentMessage/delta', { itemId: id, delta })
  }

  summaryPart(event: ModelEvent): void {
    const [itemId, summaryIndex] = [stringOf(event, 'item_id'), indexOf(event, 'summary_index')]
    const { summary } = this.#of(itemId, 'reasoning')
    summary[summaryIndex] ??= ''
    this.#options.teller?.tell('item/reasoning/summaryPartAdded', { itemId, summaryIndex })
  }

  summaryText(event: ModelEvent): void {
    const [itemId, delta] = deltaOf(event)
    const summaryIndex = indexOf(event, 'summary_index')
    const { summary } = this.#of(itemId, 'reasoning')
    summary[summaryIndex] = (summary[summaryIndex] ?? '') + delta
    this.#options.teller?.tell('item/reasoning/summaryTextDelta', { itemId, delta, summaryIndex })
  }

  reasoningText(event: ModelEvent): void {
    const [itemId, delta] = deltaOf(event)
    const contentIndex = indexOf(event, 'content_index')
    const { content } = this.#of(itemId, 'reasoning')
    content[contentIndex] = (content[contentIndex] ?? '') + delta
    this.#options.teller?.tell('item/reasoning/textDelta', { itemId, delta, contentIndex })
  }

  done(item: ResponseItem): void {
    if (CALLS.has(item.type)) checkCall(item)
    const id = idOf(item) ?? this.#options.newId()
    if (this.#ended.has(id)) throw nonsense(`the item ${id.slice(0, 100)} ended twice.`)
    const { type } = item
    if (type === 'message' || type === 'reasoning') {
      const open = this.#open.get(id) ?? this.#begin(id, type)
      this.#open.delete(id)
      this.#close(id, filled(open, item))
    }
    this.#ended.add(id)
    this.#items.push(item)
    this.#options.whole(item)
  }

  completed(event: ModelEvent): Ended {
    const response = responseOf(event)
    const output = Array.isArray(response['output']) ? (response['output'] as readonly unknown[]) : []
    for (const item of output) {
      const id = isItem(item) ? idOf(item) : undefined
      // Some endpoints tell of items only here; those without an id cannot be told from what was heard.
      if (isItem(item) && (id === undefined ? this.#items.length === 0 : !this.#ended.has(id))) this.done(item)
    }
    if (this.#open.size > 0) throw nonsense('it ended an answer before the items in it.')
    return { usage: usageOf(response['usage']) }
  }

  // Parts

  #begin(id: string, type: Open['type']): Open {
    if (this.#open.has(id) || this.#ended.has(id)) throw nonsense(`the item ${id.slice(0, 100)} began twice.`)
    const open: Open = type === 'message' ? { type, text: '', phase: null } : { type, summary: [], content: [] }
    this.#open.set(id, open)
    this.#options.teller?.started(shown(id, open))
    return open
  }

  /** Some endpoints do not say that an item begins. */
  #of<Type extends Open['type']>(id: string, type: Type): Extract<Open, { type: Type }> {
    if (this.#ended.has(id)) throw nonsense(`the item ${id.slice(0, 100)} went on after its end.`)
    const open = this.#open.get(id) ?? this.#begin(id, type)
    if (open.type !== type) throw nonsense(`the item ${id.slice(0, 100)} is not of the sort that it began as.`)
    return open as Extract<Open, { type: Type }>
  }

  #close(id: string, open: Open): void {
    this.#options.teller?.completed(shown(id, open))
  }
}

const CALLS: ReadonlySet<string> = new Set(['function_call', 'custom_tool_call'])

const checkCall = (item: ResponseItem): void => {
  const input = item.type === 'function_call' ? 'arguments' : 'input'
  for (const name of ['call_id', 'name', input])
    if (typeof item[name] !== 'string') throw nonsense(`a call of a tool came without its ${name}.`)
}

const shown = (id: string, open: Open) =>
  open.type === 'message'
    ? ({ type: 'agentMessage', id, text: open.text, phase: open.phase } as const)
    : ({
        type: 'reasoning',
        id,
        summary: Array.from(open.summary, whole),
        content: Array.from(open.content, whole),
      } as const)

const whole = (text: string | undefined): string => text ?? ''

/** What the whole item says counts; where it says nothing, what was heard does. */
const filled = (open: Open, item: ResponseItem): Open => {
  if (open.type === 'message') return { type: 'message', text: textOf(item) || open.text, phase: phaseOf(item) }
  const summary = textsOf(item['summary'])
  const content = textsOf(item['content'])
  return {
    type: 'reasoning',
    summary: summary.length > 0 ? [...summary] : open.summary,
    content: content.length > 0 ? [...content] : open.content,
  }
}

const phaseOf = ({ phase }: ResponseItem): OpenMessage['phase'] =>
  phase === 'commentary' || phase === 'final_answer' ? phase : null
