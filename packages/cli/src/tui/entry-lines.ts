/** Owns how one entry of a thread is shown, as lines of a terminal. All text of the server is made safe here. */
import { LIMITS, scriptOf, type ThreadItem, type UserInput } from '@towline/protocol'
import { rowOf } from '../row-of.ts'
import { diffLines } from './diff-lines.ts'
import { markdownLines } from './markdown.ts'
import { lastLines, marked, type Paint, wrapped } from './paint.ts'
import { safeLine, safeOutput, safeText } from './safe-text.ts'
import type { Entry, Notice } from './view.ts'

interface Draw {
  readonly entry: Entry
  readonly columns: number
  readonly paint: Paint
}

type Item = ThreadItem | Notice
type Of<Type extends Item['type']> = Extract<Item, { readonly type: Type }>
type Drawers = { readonly [Type in Item['type']]?: (item: Of<Type>, draw: Draw) => readonly string[] }

const MARK_COLUMNS = 2

const inputText = (input: UserInput): string => {
  if (input.type === 'text') return safeText(input.text)
  if (input.type === 'image') return '[image]'
  return `[${safeLine(input.path)}]`
}

const under = (lines: readonly string[], paint: Paint): readonly string[] =>
  lines.map((line, at) => `${paint.dim(at === 0 ? '  └ ' : '    ')}${line}`)

const status = (item: { readonly status: string }, paint: Paint): string =>
  ({ completed: '', inProgress: paint.dim(' …'), failed: paint.red(' failed'), declined: paint.yellow(' declined') })[
    item.status
  ] ?? ''

const command = (item: Of<'commandExecution'>, { entry, columns, paint }: Draw): readonly string[] => {
  const output = safeOutput(entry.text.slice(-LIMITS.tuiOutputChars)).replace(/\n+$/, '')
  const lines = output === '' ? [] : output.split('\n').flatMap((line) => wrapped(line, columns - 4))
  const shown = lastLines(lines, LIMITS.tuiOutputLines, (hidden) => `… ${hidden} lines before`)
  const code = item.exitCode === null || item.exitCode === 0 ? '' : paint.red(` (exit status ${item.exitCode})`)
  const said = `${scriptOf(safeText(item.command))}${code || status(item, paint)}`
  return [
    ...marked(paint.bold('$ '), MARK_COLUMNS, wrapped(said, columns - MARK_COLUMNS)),
    ...under(
      shown.map((line) => paint.dim(line)),
      paint,
    ),
  ]
}

const NOTICE = { info: 'dim', warning: 'yellow', error: 'red' } as const

const calledTool = (
  name: string,
  item: { readonly status: string; readonly arguments: unknown },
  draw: Draw,
): readonly string[] => {
  const { columns, paint } = draw
  const asked = safeLine(JSON.stringify(item.arguments) ?? '')
  const head = `${safeLine(name)} ${paint.dim(asked.slice(0, columns * 2))}${status(item, paint)}`
  return marked('• ', MARK_COLUMNS, wrapped(head, columns - MARK_COLUMNS))
}

const toolText = (content: readonly unknown[] | undefined): string =>
  (content ?? [])
    .map((part) => (part as { readonly text?: unknown } | null)?.text)
    .filter((text) => typeof text === 'string')
    .join('\n')

const DRAWERS: Drawers = {
  userMessage: (item, { columns, paint }) => {
    const text = item.content.map(inputText).join('\n')
    return marked(
      paint.cyan('> '),
      MARK_COLUMNS,
      wrapped(text, columns - MARK_COLUMNS).map((line) => paint.bold(line)),
    )
  },
  agentMessage: (_item, { entry, columns, paint }) => markdownLines(safeText(entry.text), columns, paint),
  plan: (_item, { entry, columns, paint }) => markdownLines(safeText(entry.text), columns, paint),
  reasoning: (_item, { entry, columns, paint }) =>
    wrapped(safeText(entry.text).trim(), columns).map((line) => paint.dim(line)),
  commandExecution: command,
  fileChange: (item, draw) => {
    const { columns, paint } = draw
    const lines = diffLines(item.changes, columns - MARK_COLUMNS, paint)
    return marked('± ', MARK_COLUMNS, [...lines, ...(status(item, paint) ? [status(item, paint).trim()] : [])])
  },
  mcpToolCall: (item, draw) => {
    const text = safeText(item.error?.message ?? toolText(item.result?.content))
    const lines = text === '' ? [] : text.split('\n').flatMap((line) => wrapped(line, draw.columns - 4))
    const shown = lastLines(lines, LIMITS.tuiOutputLines, (hidden) => `… ${hidden} lines before`)
    return [
      ...calledTool(`${item.server}.${item.tool}`, item, draw),
      ...under(
        shown.map((line) => draw.paint.dim(line)),
        draw.paint,
      ),
    ]
  },
  dynamicToolCall: (item, draw) => calledTool([item.namespace, item.tool].filter(Boolean).join('.'), item, draw),
  imageView: (item, { columns }) =>
    marked('• ', MARK_COLUMNS, wrapped(`looked at ${safeLine(item.path)}`, columns - MARK_COLUMNS)),
  contextCompaction: (_item, { paint }) => [paint.dim('The conversation so far was summed up.')],
  notice: (item, { columns, paint }) =>
    wrapped(safeText(item.text), columns).map((line) => paint[NOTICE[item.level]](line)),
}

type Drawer = (item: Item, draw: Draw) => readonly string[]

/** None for sorts that are not known here, and for what is empty. Items of another shape than we know show nothing. */
export const entryLines = (entry: Entry, columns: number, paint: Paint): readonly string[] => {
  const draw = rowOf(DRAWERS as Readonly<Record<string, Drawer>>, entry.item.type)
  if (!draw) return []
  try {
    const lines = draw(entry.item, { entry, columns, paint })
    return lines.some((line) => line !== '') ? lines : []
  } catch (error) {
    if (error instanceof TypeError) return []
    throw error
  }
}
