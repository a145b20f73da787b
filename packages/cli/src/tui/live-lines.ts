/** Owns what stands below the settled entries: what is under way, a question, the line being written, and the state of things. */
import type { PlanStep } from '@towline/protocol'
import type { Composer } from './composer.ts'
import { entryLines } from './entry-lines.ts'
import { lastLines, marked, type Paint, wrapped } from './paint.ts'
import { pickerLines } from './picker.ts'
import { isAbout, LIVE_LEAST, pageOf, questionLines } from './question.ts'
import { safeLine } from './safe-text.ts'
import type { TuiState } from './tui-state.ts'
import type { Entry, View } from './view.ts'

const COMPOSER_LINES = 8
const PLAN_LINES = 8

/** Fewer than the rows of the terminal, so that it is drawn in place. */
export const liveLines = (state: TuiState, paint: Paint): readonly string[] => {
  const { view, columns, rows, picker, isOver } = state
  if (isOver) return []
  if (picker) return pickerLines(picker, { columns, rows: rows - 1, paint })
  const page = pageOf(state)
  const below = [
    ...(page ? [] : planLines(view, paint)),
    ...workLines(state, paint),
    ...(page ? questionLines(page, columns, paint) : composerLines(state.composer, columns, paint)),
    statusLine(state, paint),
  ]
  const fits = below.slice(-Math.max(rows - 1 - LIVE_LEAST, 1)).map((line) => line)
  const room = Math.max(rows - 1 - fits.length, 0)
  const lines = view.entries
    .slice(view.settled)
    .filter((entry) => !isAbout(page, entry))
    .flatMap((entry) => withGap(linesOf(entry, columns, paint)))
  return [...lastLines(lines, room, (hidden) => paint.dim(`… ${hidden} lines above`)).slice(0, room), ...fits]
}

const withGap = (lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : [...lines, ''])

/** Lines of an entry that did not change are not made again. */
const made = new WeakMap<Entry, { readonly columns: number; readonly lines: readonly string[] }>()

export const linesOf = (entry: Entry, columns: number, paint: Paint): readonly string[] => {
  const before = made.get(entry)
  if (before?.columns === columns) return before.lines
  const lines = entryLines(entry, columns, paint)
  made.set(entry, { columns, lines })
  return lines
}

const STEP: Readonly<Record<PlanStep['status'], string>> = { completed: '✔', inProgress: '▶', pending: '☐' }

const planLines = ({ plan, turnId }: View, paint: Paint): readonly string[] => {
  if (!plan || turnId === undefined) return []
  const lines = plan.steps.map(({ step, status }) => {
    const text = `${STEP[status] ?? ' '} ${safeLine(step)}`
    return status === 'completed' ? paint.dim(text) : text
  })
  return ['', ...lines.slice(0, PLAN_LINES)]
}

const workLines = ({ view }: TuiState, paint: Paint): readonly string[] => {
  const { link, retrying, turnId } = view
  if (link.status === 'reconnecting') {
    const wait = link.retryInMs === undefined ? '' : ` (in ${Math.ceil(link.retryInMs / 1000)} s)`
    return [paint.yellow(`Reconnecting to the server…${wait}${link.error ? ` ${safeLine(link.error.message)}` : ''}`)]
  }
  if (retrying !== undefined) return [paint.yellow(`Asking the model again: ${safeLine(retrying)}`)]
  return turnId === undefined ? [] : [paint.dim('Working… (Esc interrupts)')]
}

const BLANK = 32
const INVERSE = '\u001b[7m'
const PLAIN = '\u001b[27m'

/** Around the cursor, when there are many. */
const composerLines = ({ text, cursor, isCut }: Composer, columns: number, paint: Paint): readonly string[] => {
  const under = text[cursor]
  const atBreak = under === undefined || under === '\n'
  const character = atBreak ? ' ' : String.fromCodePoint(text.codePointAt(cursor) ?? BLANK)
  const rest = text.slice(atBreak ? cursor : cursor + character.length)
  const before = wrapped(`${text.slice(0, cursor)}${INVERSE}${character}${PLAIN}`, columns - 2).length
  const lines = wrapped(`${text.slice(0, cursor)}${INVERSE}${character}${PLAIN}${rest}`, columns - 2)
  const from = Math.max(Math.min(before - Math.ceil(COMPOSER_LINES / 2), lines.length - COMPOSER_LINES), 0)
  return [
    '',
    ...marked(paint.cyan('> '), 2, lines.slice(from, from + COMPOSER_LINES)),
    ...(isCut ? [paint.yellow('That was too long: the end of it was dropped.')] : []),
  ]
}

const statusLine = ({ view, isLeaving, columns }: TuiState, paint: Paint): string => {
  if (isLeaving) return paint.yellow('Ctrl-C again leaves.')
  const { model, cwd, usage, questions } = view
  const window = usage?.modelContextWindow
  const used =
    window && usage ? `${Math.min(Math.round((usage.last.totalTokens / window) * 100), 100)}% of the context` : ''
  const more = questions.length > 1 ? `${questions.length} questions` : ''
  const text = [safeLine(model), safeLine(cwd), used, more, '/help'].filter((part) => part !== '').join(' · ')
  return paint.dim(text.slice(0, Math.max(columns - 1, 1)))
}
