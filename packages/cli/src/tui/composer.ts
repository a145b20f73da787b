/** Owns the line that a person writes: text, cursor, what was written before, and what keys do to it. */
import { LIMITS, type Limits } from '@towline/protocol'
import type { Key, KeyName } from './keys.ts'
import { safeText } from './safe-text.ts'

export interface Composer {
  readonly text: string
  /** In UTF-16 units, between characters. */
  readonly cursor: number
  /** Newest last. */
  readonly history: readonly string[]
  /** Which of the history is shown; as long as it is what is written anew. */
  readonly at: number
  /** What was being written when the history was looked at. */
  readonly draft: string
  /** More was pasted than is taken. */
  readonly isCut: boolean
}

export const EMPTY_COMPOSER: Composer = { text: '', cursor: 0, history: [], at: 0, draft: '', isCut: false }

const segments = new Intl.Segmenter()

/** A character as people see it. */
const before = (text: string, cursor: number): number => {
  const last = [...segments.segment(text.slice(0, cursor))].at(-1)
  return last ? last.index : 0
}
const after = (text: string, cursor: number): number => {
  const [next] = segments.segment(text.slice(cursor))
  return next ? cursor + next.segment.length : cursor
}
const lineStart = (text: string, cursor: number): number => text.lastIndexOf('\n', cursor - 1) + 1
const lineEnd = (text: string, cursor: number): number => {
  const end = text.indexOf('\n', cursor)
  return end < 0 ? text.length : end
}
const wordLeft = (text: string, cursor: number): number => text.slice(0, cursor).replace(/\S+\s*$|\s+$/, '').length
const wordRight = (text: string, cursor: number): number =>
  cursor + (/^\s*\S+/.exec(text.slice(cursor))?.[0].length ?? text.length - cursor)

const moved = (composer: Composer, cursor: number): Composer => ({ ...composer, cursor })
const cut = (composer: Composer, from: number, to: number): Composer => ({
  ...composer,
  text: composer.text.slice(0, from) + composer.text.slice(to),
  cursor: from,
})

/** Cursor keys go through lines first, and through the history at their ends. */
const up = (composer: Composer): Composer => {
  const { text, cursor } = composer
  const start = lineStart(text, cursor)
  if (start === 0) return older(composer)
  const above = lineStart(text, start - 1)
  return moved(composer, Math.min(above + (cursor - start), start - 1))
}
const down = (composer: Composer): Composer => {
  const { text, cursor } = composer
  const end = lineEnd(text, cursor)
  if (end === text.length) return newer(composer)
  return moved(composer, Math.min(end + 1 + (cursor - lineStart(text, cursor)), lineEnd(text, end + 1)))
}

const shown = (composer: Composer, at: number, text: string): Composer => ({
  ...composer,
  at,
  text,
  cursor: text.length,
})

const older = (composer: Composer): Composer => {
  const { at, history, text } = composer
  if (at === 0) return composer
  const draft = at === history.length ? text : composer.draft
  return { ...shown(composer, at - 1, history[at - 1] as string), draft }
}
const newer = (composer: Composer): Composer => {
  const { at, history, draft } = composer
  if (at >= history.length) return composer
  return shown(composer, at + 1, history[at + 1] ?? draft)
}

const ACTIONS: Partial<Record<KeyName, (composer: Composer) => Composer>> = {
  left: (now) => moved(now, before(now.text, now.cursor)),
  right: (now) => moved(now, after(now.text, now.cursor)),
  home: (now) => moved(now, lineStart(now.text, now.cursor)),
  end: (now) => moved(now, lineEnd(now.text, now.cursor)),
  'word-left': (now) => moved(now, wordLeft(now.text, now.cursor)),
  'word-right': (now) => moved(now, wordRight(now.text, now.cursor)),
  backspace: (now) => cut(now, before(now.text, now.cursor), now.cursor),
  delete: (now) => cut(now, now.cursor, after(now.text, now.cursor)),
  'erase-word': (now) => cut(now, wordLeft(now.text, now.cursor), now.cursor),
  'erase-start': (now) => cut(now, lineStart(now.text, now.cursor), now.cursor),
  'erase-end': (now) => cut(now, now.cursor, lineEnd(now.text, now.cursor)),
  up,
  down,
}

/** What a key does to it; keys that mean something else leave it as it is. */
export const typed = (composer: Composer, key: Key, limits: Limits = LIMITS): Composer => {
  if (key.name === 'newline') return inserted(composer, '\n', limits)
  if (key.name === 'text' || key.name === 'paste')
    return inserted(composer, safeText(key.text.replace(/\r\n?/g, '\n')), limits)
  return ACTIONS[key.name]?.(composer) ?? composer
}

const inserted = (composer: Composer, text: string, limits: Limits): Composer => {
  const room = limits.tuiPromptChars - composer.text.length
  const fits = text.slice(0, Math.max(room, 0))
  return {
    ...composer,
    text: composer.text.slice(0, composer.cursor) + fits + composer.text.slice(composer.cursor),
    cursor: composer.cursor + fits.length,
    isCut: fits.length < text.length,
  }
}

/** Empty again; what was written is remembered. */
export const sentAway = (composer: Composer, limits: Limits = LIMITS): Composer => {
  const { text } = composer
  const history = [...composer.history.filter((was) => was !== text), text].slice(-limits.tuiHistory)
  return { ...EMPTY_COMPOSER, history, at: history.length }
}

export const cleared = (composer: Composer): Composer => ({
  ...EMPTY_COMPOSER,
  history: composer.history,
  at: composer.history.length,
})

/** With something to begin with, such as what could not be sent. */
export const holding = (composer: Composer, text: string): Composer => ({
  ...cleared(composer),
  text,
  cursor: text.length,
})
