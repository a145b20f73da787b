/** Owns what a person sees while a tunnel is open: a few lines of text, made from the state of the tunnel. */
import { printable } from '@towline/protocol'
import type { Style } from '../output/style.ts'

export type ForwardStatus = 'connecting' | 'online' | 'disconnected' | 'reconnecting'

/** The state of one forwarded tunnel. */
export interface ForwardState {
  readonly status: ForwardStatus
  readonly target: string
  readonly url?: string | undefined
  readonly requests: number
  readonly active: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly reconnects: number
  /** Why it is not online. */
  readonly problem?: string | undefined
}

export const INITIAL: Omit<ForwardState, 'target'> = {
  status: 'connecting',
  requests: 0,
  active: 0,
  p50Ms: 0,
  p99Ms: 0,
  reconnects: 0,
}

const COLOURS: Readonly<Record<ForwardStatus, keyof Style>> = {
  connecting: 'yellow',
  online: 'green',
  disconnected: 'red',
  reconnecting: 'yellow',
}

/** The lines of the view, none longer than `columns`. Text from elsewhere cannot move the cursor. */
export const viewLines = (state: ForwardState, style: Style, columns: number): readonly string[] => {
  const rows: readonly (readonly [label: string, value: string, paint?: keyof Style])[] = [
    ['status', state.status, COLOURS[state.status]],
    ['url', state.url ?? '-', 'cyan'],
    ['target', state.target],
    ['requests', `${state.requests} (${state.active} now)`],
    ['latency', state.requests === 0 ? '-' : `p50 ${ms(state.p50Ms)}, p99 ${ms(state.p99Ms)}`],
    ['reconnects', String(state.reconnects)],
    ...(state.problem === undefined ? [] : ([['problem', state.problem, 'red']] as const)),
    ['', 'Ctrl-C ends the tunnel.', 'dim'],
  ]
  return rows.map(([label, value, paint]) => {
    const shown = cut(printable(value), columns - LABEL - 1)
    return `${style.dim(label.padEnd(LABEL))} ${paint ? style[paint](shown) : shown}`
  })
}

/** The same state as one line, for a file or a pipe. */
export const plainLine = ({ status, url, target, problem }: ForwardState): string =>
  printable([status, ...(url === undefined ? [] : [`${url} -> ${target}`]), ...(problem === undefined ? [] : [problem])].join('  '))

const LABEL = 10

const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`

const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, Math.max(0, most - 1))}…`)
