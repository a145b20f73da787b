/** Owns what a person sees while a tunnel is open: a few lines of text, made from the state of the tunnel. */
import type { ForwardState } from '@towline/operations'
import { printable } from '@towline/protocol'
import type { Style } from '../output/style.ts'

const COLOURS: Readonly<Record<ForwardState['status'], keyof Style>> = {
  connecting: 'yellow',
  online: 'green',
  disconnected: 'red',
  reconnecting: 'yellow',
}

/** The lines of the view, none longer than `columns`. Text from elsewhere cannot move the cursor. */
export const viewLines = (state: ForwardState, style: Style, columns: number): readonly string[] => {
  const { stats } = state
  const rows: readonly (readonly [label: string, value: string, paint?: keyof Style])[] = [
    ['status', state.status, COLOURS[state.status]],
    ['url', state.tunnel?.url ?? '-', 'cyan'],
    ['target', state.target],
    ['requests', `${stats.requests} (${stats.active} now)`],
    ['latency', stats.requests === 0 ? '-' : `p50 ${ms(stats.p50Ms)}, p99 ${ms(stats.p99Ms)}`],
    ['reconnects', String(state.reconnects)],
    ...(state.error ? ([['problem', state.error.message, 'red']] as const) : []),
    ['', 'Ctrl-C ends the tunnel.', 'dim'],
  ]
  return rows.map(([label, value, paint]) => {
    const shown = cut(printable(value), columns - LABEL - 1)
    return `${style.dim(label.padEnd(LABEL))} ${paint ? style[paint](shown) : shown}`
  })
}

/** The same state as one line, for a file or a pipe. */
export const plainLine = ({ status, tunnel, target, error }: ForwardState): string =>
  printable([status, ...(tunnel ? [`${tunnel.url} -> ${target}`] : []), ...(error ? [error.message] : [])].join('  '))

const LABEL = 10

const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`

const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, Math.max(0, most - 1))}…`
