/** Owns the colours of the thread view, and laying text out in a width. */
import pc from 'picocolors'
import wrapAnsi from 'wrap-ansi'

export type Paint = ReturnType<typeof pc.createColors>

export const paintFor = (isColoured: boolean): Paint => pc.createColors(isColoured)

/** Lines no wider than `columns`; a word that is wider is broken. Blanks at the beginning stay. */
export const wrapped = (text: string, columns: number): readonly string[] =>
  text
    .split('\n')
    .flatMap((line) => pieces(line))
    .flatMap((piece) => wrapAnsi(piece, Math.max(columns, 1), { hard: true, trim: false }).split('\n'))

/** Wrapping takes the square of the length of a word. */
const MOST_CHARS = 2000
/* oxlint-disable-next-line no-control-regex -- a sequence that colours is not cut */
const PIECE = /(?:\u001b\[[\d;]*m|[^]){1,500}/gu

const pieces = (line: string): readonly string[] => (line.length <= MOST_CHARS ? [line] : (line.match(PIECE) ?? []))

/** The lines behind a mark; further ones are indented as far. */
export const marked = (mark: string, width: number, lines: readonly string[]): readonly string[] =>
  lines.map((line, at) => (at === 0 ? mark : ' '.repeat(width)) + line)

/** The last lines that fit, with a word on how many do not. */
export const lastLines = (
  lines: readonly string[],
  most: number,
  say: (hidden: number) => string,
): readonly string[] =>
  lines.length <= most ? lines : [say(lines.length - most + 1), ...lines.slice(lines.length - most + 1)]

/** The first lines that fit, with a word on how many do not. */
export const firstLines = (
  lines: readonly string[],
  most: number,
  say: (hidden: number) => string,
): readonly string[] => (lines.length <= most ? lines : [...lines.slice(0, most - 1), say(lines.length - most + 1)])
