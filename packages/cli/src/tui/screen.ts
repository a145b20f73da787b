/** Owns drawing: what is settled goes up into the scrollback once, what is under way is drawn in place. */
import { Box, Static, Text } from 'ink'
import { createElement, Fragment, type ReactElement, useSyncExternalStore } from 'react'
import { linesOf, liveLines } from './live-lines.ts'
import type { Paint } from './paint.ts'
import type { TuiStore } from './tui-state.ts'
import type { Entry } from './view.ts'

export interface ScreenProps {
  readonly store: TuiStore
  readonly paint: Paint
}

export const Screen = ({ store, paint }: ScreenProps): ReactElement => {
  const state = useSyncExternalStore(store.subscribe, store.shown)
  const { view, columns } = state
  const settled = (entry: Entry): ReactElement => {
    const lines = linesOf(entry, columns, paint)
    const text = lines.length === 0 ? '' : [...lines, ' '].join('\n')
    return createElement(Text, { key: entry.key }, text)
  }
  const items = view.entries.slice(0, view.settled)
  const lines = liveLines(state, paint).map((line, at) =>
    createElement(Text, { key: at, wrap: 'truncate-end' }, line === '' ? ' ' : line),
  )
  return createElement(
    Fragment,
    null,
    createElement(Static<Entry>, { key: view.opening, items, children: settled }),
    createElement(Box, { flexDirection: 'column' }, ...lines),
  )
}
