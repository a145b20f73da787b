/** Owns what a thread's lines say: its turns and items, what the model has heard, and how it works. */
import type { ThreadTokenUsage, Turn } from '@towline/protocol'
import { type Json, list, text } from '../json.ts'
import type { DatedLine, ResponseItem } from '../rollout-line.ts'
import { gitOf, metaOf, type SessionMeta } from '../session-meta.ts'
import { EVENTS } from './events.ts'
import { TurnList } from './turn-list.ts'

/** What a person allowed or refused. */
export interface PriorAnswer {
  readonly turnId: string
  readonly itemId: string
  readonly method: string
  readonly answer: unknown
}

export interface PriorPlan {
  readonly turnId: string
  readonly explanation: string | null
  readonly plan: readonly unknown[]
}

/** Grows line by line; it is as long as the thread. */
export class Projection {
  readonly turnList = new TurnList()
  meta: SessionMeta | undefined
  /** Payload of the last `turn_context`. */
  context: Json | undefined
  /** Of the first that was said, as lists show it. */
  preview = ''
  name: string | undefined
  tokenUsage: ThreadTokenUsage | undefined
  plan: PriorPlan | undefined
  readonly answers: PriorAnswer[] = []
  /** Keys of what was accepted for the session. */
  readonly accepted: string[] = []
  /** Of the next line; undefined where lines have none. */
  ordinal: number | undefined
  #history: ResponseItem[] = []
  /** How long the history was when each turn began. */
  readonly #marks: number[] = []

  push(line: DatedLine): void {
    if (line.ordinal !== undefined) this.ordinal = line.ordinal + 1
    LINES[line.type]?.(this, line.payload, line)
  }

  /** What the model is sent. */
  get history(): readonly ResponseItem[] {
    return this.#history
  }

  /** `active` is the id of the turn that runs now. */
  turns(active?: string): readonly Turn[] {
    return this.turnList.all(active)
  }

  begin(turnId: string, startedAt: number | null): void {
    const before = this.turnList.count
    this.turnList.begin(turnId, startedAt)
    if (this.turnList.count > before) this.#marks.push(this.#history.length)
  }

  hear(item: ResponseItem): void {
    this.#history.push(item)
  }

  replaceHistory(items: readonly ResponseItem[]): void {
    this.#history = [...items]
    this.#marks.fill(0)
  }

  /** As a person went back. */
  dropTurns(count: number): void {
    this.turnList.dropLast(count)
    const from = this.#marks.splice(Math.max(0, this.#marks.length - count))[0]
    if (from !== undefined) this.#history.length = from
  }
}

const LINES: Readonly<Record<string, (into: Projection, payload: Json, line: DatedLine) => void>> = {
  session_meta: (into, _, line) => {
    into.meta ??= metaOf(line)
  },
  turn_context: (into, payload) => {
    into.context = payload
  },
  // Changed between turns.
  towline_settings: (into, payload) => {
    into.context = payload
  },
  towline_git: (into, payload) => {
    if (into.meta) into.meta = { ...into.meta, git: gitOf(payload) }
  },
  response_item: (into, payload) => {
    if (text(payload['type'])) into.hear(payload as ResponseItem)
  },
  compacted: (into, payload) => {
    const kept = payload['replacement_history']
    const summary = {
      type: 'message',
      role: 'user',
      content: [{ type: 'input_text', text: text(payload['message']) ?? '' }],
    }
    into.replaceHistory(Array.isArray(kept) ? (kept as readonly ResponseItem[]) : [summary])
  },
  event_msg: (into, payload) => EVENTS[text(payload['type']) ?? '']?.(into, payload),
  towline_item: (into, payload) => {
    const { turn_id, item } = payload
    if (text((item as Json | undefined)?.['id'])) into.turnList.add(item as never, text(turn_id))
  },
  towline_plan: (into, payload) => {
    into.plan = {
      ...{ turnId: text(payload['turn_id']) ?? '', explanation: text(payload['explanation']) ?? null },
      plan: list(payload['plan']),
    }
  },
  towline_accepted: (into, payload) => {
    const key = text(payload['key'])
    if (key !== undefined) into.accepted.push(key)
  },
  towline_answer: (into, payload) => {
    into.answers.push({
      ...{ turnId: text(payload['turn_id']) ?? '', itemId: text(payload['item_id']) ?? '' },
      ...{ method: text(payload['method']) ?? '', answer: payload['answer'] },
    })
  },
}
