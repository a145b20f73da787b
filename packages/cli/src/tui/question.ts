/** Owns how a question is read: page by page, and nothing is granted before all of it was on the screen. */
import { type FileUpdateChange, LIMITS } from '@towline/protocol'
import { type Asked, askedOf, type Choice } from './choices.ts'
import { type Paint, wrapped } from './paint.ts'
import type { TuiState } from './tui-state.ts'
import type { Entry, OpenQuestion } from './view.ts'

export interface Reading {
  /** What is read, and how it is laid out: when that changes it is read anew. */
  readonly of: Asked
  readonly columns: number
  readonly room: number
  /** The first line on the screen. */
  readonly top: number
  /** So many lines were on the screen. */
  readonly seen: number
}

export interface Page {
  readonly question: OpenQuestion
  readonly lines: readonly string[]
  /** Lines at once; 0 in a window that is too small. */
  readonly room: number
  readonly reading: Reading
  readonly choices: readonly Choice[]
  /** Something is not offered, as not all was on the screen. */
  readonly isHeld: boolean
}

/** So that something of what is under way is always seen. */
export const LIVE_LEAST = 2
/** The cursor's, what is at work, an empty one, the word on further ones, and the state of things. */
const OTHER_LINES = 5
const MARK = '? '

/** Of the first question; undefined where none is open. */
export const pageOf = ({ view, columns, rows, reading: before }: TuiState): Page | undefined => {
  const [question] = view.questions
  const asked = question && askedSafely(question, changesOf(question, view.entries))
  if (!question || !asked) return undefined
  const { lines, isWhole } = laidOut(asked, columns)
  const height = asked.choices.flatMap((one) => choiceLines(one, columns)).length
  const room = Math.max(rows - OTHER_LINES - LIVE_LEAST - height, 0)
  const isSame = before?.of === asked && before.columns === columns && before.room === room
  const reading = isSame ? before : { of: asked, columns, room, top: 0, seen: room }
  const isRead = isWhole && room > 0 && reading.seen >= lines.length
  const choices = isRead ? asked.choices : asked.choices.filter(({ grants }) => !grants)
  return { question, lines, room, reading, choices, isHeld: choices.length < asked.choices.length }
}

/** The same as long as nothing changes what is asked. */
const known = new WeakMap<OpenQuestion, { readonly changes: unknown; readonly asked: Asked | undefined }>()

/** Changes of another shape than we know are none. */
const askedSafely = (question: OpenQuestion, changes: readonly FileUpdateChange[] | undefined): Asked | undefined => {
  const before = known.get(question)
  if (before && before.changes === changes) return before.asked
  const asked = orUndefined(() => askedOf(question, changes)) ?? orUndefined(() => askedOf(question))
  known.set(question, { changes, asked })
  return asked
}

const orUndefined = <Value>(make: () => Value): Value | undefined => {
  try {
    return make()
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

interface LaidOut {
  readonly columns: number
  readonly lines: readonly string[]
  /** False where it is longer than what is ever shown. */
  readonly isWhole: boolean
}

const layouts = new WeakMap<Asked, LaidOut>()

const laidOut = (asked: Asked, columns: number): LaidOut => {
  const before = layouts.get(asked)
  if (before?.columns === columns) return before
  const text = asked.lines.join('\n')
  const most = LIMITS.tuiMessageChars
  const lines = text
    .slice(0, most)
    .split('\n')
    .flatMap((line) => indented(line, columns - MARK.length))
  const made = { columns, lines, isWhole: text.length <= most }
  layouts.set(asked, made)
  return made
}

/** What goes on in the next line stands in from the side: it is none of its own. */
const indented = (line: string, columns: number): readonly string[] =>
  wrapped(line, columns - MARK.length).map((part, at) => (at === 0 ? part : `  ${part}`))

const changesOf = ({ params }: OpenQuestion, entries: readonly Entry[]) => {
  // One that is over is not asked about: it would be another of the same name.
  const item = entries.find(({ key, isDone }) => key === params?.itemId && !isDone)?.item
  return item?.type === 'fileChange' ? item.changes : undefined
}

/** A page further, or back. */
export const turned = ({ lines, room, reading }: Page, way: 'up' | 'down'): Reading => {
  const last = Math.max(lines.length - room, 0)
  const top = Math.min(Math.max(reading.top + (way === 'down' ? room : -room), 0), last)
  return { ...reading, top, seen: Math.max(reading.seen, top + room) }
}

/** Its changes are in the question. */
export const isAbout = (page: Page | undefined, { key, item }: Entry): boolean =>
  item.type === 'fileChange' && page !== undefined && page.question.params?.itemId === key

export const questionLines = (page: Page, columns: number, paint: Paint): readonly string[] => {
  const { lines, room, reading, choices } = page
  const shown = lines.slice(reading.top, reading.top + room)
  return [
    '',
    ...shown.map((line, at) => `${MARK}${reading.top + at === 0 ? paint.bold(line) : line}`),
    ...notShown(page).map((line) => paint.yellow(line)),
    ...choices.flatMap((one) => choiceLines(one, columns, paint)),
  ]
}

const HELD = ' What was not shown cannot be approved.'

const notShown = ({ lines, room, reading, isHeld }: Page): readonly string[] => {
  const held = isHeld ? HELD : ''
  if (room === 0) return [`The window is too small for what is asked.${held}`]
  if (lines.length <= room) return isHeld ? [`It is too long to be shown.${held}`] : []
  const to = Math.min(reading.top + room, lines.length)
  return [`Lines ${reading.top + 1} to ${to} of ${lines.length}, more by ↓ and ↑.${held}`]
}

const choiceLines = ({ key, label }: Choice, columns: number, paint?: Paint): readonly string[] => {
  const name = key === 'escape' ? 'Esc' : key
  return wrapped(`  ${paint ? paint.cyan(name) : name}  ${label}`, columns)
}
