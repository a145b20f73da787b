/** Owns how results are printed: one row a format, for a list, for one thing, and for a stream of things. */
import { printable } from '@towline/protocol'
import { type Io, line } from '../io.ts'
import { safeJson } from './safe-json.ts'
import { type Style, styleFor } from './style.ts'
import { toYaml } from './yaml.ts'

/** A column of a table; `wide` is the least width, which streams need because they cannot look ahead. */
export interface Column<T> {
  readonly title: string
  /** Undefined for what the server does not show to this credential. */
  readonly of: (item: T) => string | undefined
  readonly wide?: number
}

interface Printer {
  list<T>(items: readonly T[], columns: readonly Column<T>[], style: Style): string
  one<T>(item: T, columns: readonly Column<T>[], style: Style): string
  /** One item of a stream; `first` on the first. */
  each<T>(item: T, columns: readonly Column<T>[], first: boolean): string
}

const cell = <T>({ of }: Column<T>, item: T): string => printable(of(item) ?? '')

const padded = (cells: readonly string[], widths: readonly number[]): string =>
  cells
    .map((text, index) => (index === cells.length - 1 ? text : text.padEnd(widths[index] ?? 0)))
    .join('  ')
    .trimEnd()

const table: Printer = {
  list: (items, columns, style) => {
    const rows = items.map((item) => columns.map((column) => cell(column, item)))
    const widths = columns.map(({ title }, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)))
    const head = style.bold(
      padded(
        columns.map(({ title }) => title),
        widths,
      ),
    )
    return [head, ...rows.map((row) => padded(row, widths))].join('\n')
  },
  one: (item, columns, style) => {
    const width = Math.max(...columns.map(({ title }) => title.length))
    return columns
      .map((column) => `${style.bold(column.title.padEnd(width))}  ${cell(column, item)}`.trimEnd())
      .join('\n')
  },
  each: (item, columns, first) => {
    const widths = columns.map(({ title, wide = 0 }) => Math.max(title.length, wide))
    const row = padded(
      columns.map((column) => cell(column, item)),
      widths,
    )
    return first
      ? `${padded(
          columns.map(({ title }) => title),
          widths,
        )}\n${row}`
      : row
  },
}

const tabbed = <T>(item: T, columns: readonly Column<T>[]): string =>
  columns.map((column) => cell(column, item)).join('\t')

const text: Printer = {
  list: (items, columns) => items.map((item) => tabbed(item, columns)).join('\n'),
  one: tabbed,
  each: tabbed,
}

const json: Printer = {
  list: (items) => safeJson(items, 2),
  one: (item) => safeJson(item, 2),
  each: (item) => safeJson(item),
}

const yaml: Printer = {
  list: (items) => toYaml(items),
  one: (item) => toYaml(item),
  each: (item) => `---\n${toYaml(item)}`,
}

/** `table` for people, `text` (columns joined by tabs, no head) for line tools, `json` and `yaml` with every field. */
export const PRINTERS = { table, text, json, yaml } as const satisfies Record<string, Printer>

export type Format = keyof typeof PRINTERS

export const FORMATS = Object.keys(PRINTERS) as Format[]

/** Where and how a command prints. */
export interface Output<T> {
  readonly io: Io
  readonly format: Format
  readonly columns: readonly Column<T>[]
}

export const printList = <T>({ io, format, columns }: Output<T>, items: readonly T[]): void => {
  const printed = PRINTERS[format].list(items, columns, styleFor(io, 'stdout'))
  if (printed !== '') line(io, printed)
}

export const printOne = <T>({ io, format, columns }: Output<T>, item: T): void =>
  line(io, PRINTERS[format].one(item, columns, styleFor(io, 'stdout')))

/** Answers a function that prints one item of a stream at a time. */
export const printStream = <T>({ io, format, columns }: Output<T>): ((item: T) => void) => {
  let first = true
  return (item) => {
    line(io, PRINTERS[format].each(item, columns, first))
    first = false
  }
}
