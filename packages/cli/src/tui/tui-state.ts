/** Owns all that is on the screen, and telling whoever draws it that it changed, at most once a frame. */
import { LIMITS } from '@towline/protocol'
import { type Composer, EMPTY_COMPOSER } from './composer.ts'
import type { Picker } from './picker.ts'
import type { Reading } from './question.ts'
import { type ViewEvent, reduce } from './reduce.ts'
import { EMPTY_VIEW, type View } from './view.ts'

export interface TuiState {
  readonly view: View
  readonly composer: Composer
  readonly picker: Picker | undefined
  /** How far the open question was read. */
  readonly reading: Reading | undefined
  /** Ctrl-C once more ends it. */
  readonly isLeaving: boolean
  readonly columns: number
  readonly rows: number
  /** Nothing is drawn any more but what is settled. */
  readonly isOver: boolean
}

export class TuiStore {
  #state: TuiState
  #shown: TuiState
  #timer: NodeJS.Timeout | undefined
  readonly #heard = new Set<() => void>()

  constructor(columns: number, rows: number) {
    this.#state = {
      view: EMPTY_VIEW,
      composer: EMPTY_COMPOSER,
      picker: undefined,
      reading: undefined,
      isLeaving: false,
      columns,
      rows,
      isOver: false,
    }
    this.#shown = this.#state
  }

  /** Now; what is drawn may be a frame older. */
  get state(): TuiState {
    return this.#state
  }

  readonly shown = (): TuiState => this.#shown

  readonly subscribe = (heard: () => void): (() => void) => {
    this.#heard.add(heard)
    return () => void this.#heard.delete(heard)
  }

  set(change: Partial<TuiState>): void {
    this.#state = { ...this.#state, ...change }
    this.#timer ??= setTimeout(() => this.draw(), LIMITS.tuiFrameMs)
  }

  view(event: ViewEvent): void {
    this.set({ view: reduce(this.#state.view, event) })
  }

  /** At once, such as for keys. */
  draw(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#shown = this.#state
    for (const heard of this.#heard) heard()
  }
}
