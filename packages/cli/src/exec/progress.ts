/** Owns what a person who waits for `towline exec` sees on standard error: a few lines for each thing that happens. */
import { LIMITS, type ThreadItem } from '@towline/protocol'
import { type Io, note } from '../io.ts'
import { styleFor } from '../output/style.ts'
import { entryLines } from '../tui/entry-lines.ts'
import { paintFor } from '../tui/paint.ts'
import { entryOf } from '../tui/told.ts'

/** What is shown when it begins, as it may take long; all else when it is over. */
const AT_ONCE: ReadonlySet<ThreadItem['type']> = new Set(['commandExecution', 'mcpToolCall', 'dynamicToolCall'])
/** The prompt is known, and the last message is the output. */
const UNSAID: ReadonlySet<ThreadItem['type']> = new Set(['userMessage'])

export const progressOf = (io: Io): ((item: ThreadItem, isDone: boolean) => void) => {
  const style = styleFor(io, 'stderr')
  const paint = paintFor(style.bold('x') !== 'x')
  return (item, isDone) => {
    if (UNSAID.has(item.type) || (!isDone && !AT_ONCE.has(item.type))) return
    const lines = entryLines(entryOf('', item, isDone), Math.max(io.columns(), 20), paint)
    // It was said what runs; now what came of it.
    const shown = isDone && AT_ONCE.has(item.type) ? lines.slice(1) : lines
    for (const line of shown.slice(-LIMITS.tuiDiffLines)) note(io, line)
  }
}
