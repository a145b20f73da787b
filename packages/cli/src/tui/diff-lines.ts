/** Owns how changes of files are shown: which, and a coloured diff. */
import { type FileUpdateChange, LIMITS } from '@towline/protocol'
import { firstLines, type Paint, wrapped } from './paint.ts'
import { safeLine, safeText } from './safe-text.ts'
import { shownLine, shownLines } from './shown-text.ts'

const WORDS = { add: 'added', delete: 'deleted', update: 'changed' } as const
const EDGE = { add: '+', delete: '-' } as const

const head = ({ path, kind }: FileUpdateChange, line: (text: unknown) => string): string => {
  const moved = kind.type === 'update' && kind.move_path ? ` -> ${line(kind.move_path)}` : ''
  return `${line(path)}${moved} ${WORDS[kind.type]}`
}

/** The text of a file that came or went is its diff. */
const diffOf = ({ kind, diff }: FileUpdateChange, lines: readonly string[]): readonly string[] => {
  if (kind.type === 'update' || diff.startsWith('@@') || diff.startsWith('--- ')) return lines
  return lines.map((line) => EDGE[kind.type as keyof typeof EDGE] + line)
}

const painted = (line: string, paint: Paint): string => {
  if (/^(\+\+\+|---) /.test(line)) return paint.dim(line)
  if (line.startsWith('+')) return paint.green(line)
  if (line.startsWith('-')) return paint.red(line)
  return line.startsWith('@@') ? paint.cyan(line) : line
}

/** Lines of a diff, of any length told in so many. */
export const diffLines = (changes: readonly FileUpdateChange[], columns: number, paint: Paint): readonly string[] =>
  changes.flatMap((change) => {
    const lines = diffOf(change, safeText(change.diff).replace(/\n$/, '').split('\n')).flatMap((line) =>
      wrapped(line, columns - 2).map((part) => `  ${painted(part, paint)}`),
    )
    const shown = firstLines(lines, LIMITS.tuiDiffLines, (hidden) => paint.dim(`  … ${hidden} more lines`))
    return [paint.bold(head(change, safeLine)), ...shown]
  })

/** All of a change, for who decides on it: every character is seen. */
export const changeLines = (change: FileUpdateChange): readonly string[] => [
  head(change, shownLine),
  ...diffOf(change, shownLines(change.diff.replace(/\n$/, ''))).map((line) => `  ${line}`),
]
