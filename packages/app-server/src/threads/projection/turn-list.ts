/** Owns the turns of a thread while its lines are read: which runs, and which items each has. */
import type { ThreadItem, Turn, TurnError, TurnStatus } from '@towline/protocol'

interface GrowingTurn {
  readonly id: string
  /** By id, in the order they first came; what comes again replaces what was there. */
  readonly items: Map<string, ThreadItem>
  status: TurnStatus
  error: TurnError | null
  startedAt: number | null
  completedAt: number | null
  durationMs: number | null
}

export class TurnList {
  readonly #turns: GrowingTurn[] = []
  #items = 0

  get last(): { readonly id: string; readonly status: TurnStatus } | undefined {
    return this.#turns.at(-1)
  }

  /** Who begins anew ends what ran. */
  begin(id: string, startedAt: number | null): void {
    if (this.#find(id)) return
    this.#leave()
    this.#turns.push({
      ...{ id, items: new Map(), status: 'inProgress', error: null },
      ...{ startedAt, completedAt: null, durationMs: null },
    })
  }

  end(
    id: string | undefined,
    ended: Partial<Pick<GrowingTurn, 'status' | 'error' | 'completedAt' | 'durationMs'>>,
  ): void {
    const turn = (id === undefined ? undefined : this.#find(id)) ?? this.#turns.at(-1)
    if (turn) Object.assign(turn, ended)
  }

  /** Without a turn's id it is of the one that runs. */
  add(item: ThreadItem, turnId?: string): void {
    const turn = (turnId === undefined ? undefined : this.#find(turnId)) ?? this.#running()
    turn.items.set(item.id, item)
  }

  /** For an item whose line names none. */
  nextItemId(): string {
    return `item-${++this.#items}`
  }

  lastItem(): ThreadItem | undefined {
    return [...(this.#turns.at(-1)?.items.values() ?? [])].at(-1)
  }

  dropLast(count: number): void {
    this.#turns.splice(Math.max(0, this.#turns.length - count))
  }

  get count(): number {
    return this.#turns.length
  }

  /** What still runs in lines runs nowhere else; of a turn that does, `active` is the id. */
  all(active?: string): readonly Turn[] {
    return this.#turns.map(({ items, ...turn }) => {
      const left = turn.status === 'inProgress' && turn.id !== active
      return {
        ...turn,
        status: left ? 'interrupted' : turn.status,
        items: [...items.values()].map((item) => (left ? leftItem(item) : item)),
        itemsView: 'full' as const,
      }
    })
  }

  #find(id: string): GrowingTurn | undefined {
    return this.#turns.findLast((turn) => turn.id === id)
  }

  /** Lines of early versions begin no turns. */
  #running(): GrowingTurn {
    const last = this.#turns.at(-1)
    if (last) return last
    this.begin('turn-1', null)
    return this.#turns.at(-1) as GrowingTurn
  }

  #leave(): void {
    const last = this.#turns.at(-1)
    if (last?.status === 'inProgress') last.status = last.id.startsWith('turn-') ? 'completed' : 'interrupted'
  }
}

/** Of a turn that nobody works on. */
const leftItem = (item: ThreadItem): ThreadItem =>
  'status' in item && item.status === 'inProgress' ? ({ ...item, status: 'failed' } as ThreadItem) : item
