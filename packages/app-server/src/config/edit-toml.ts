/** Owns changing single settings of a TOML text: every byte beside them stays, comments too, and the result is proven. */
import { isDeepStrictEqual } from 'node:util'
import { lineBreakOf, type Splice, splice, type Statement, tomlStatements } from '@towline/base'
import { keyText } from './check-settings.ts'
import { isTable, merged } from './merge.ts'
import { invalidFile, parseToml, type Table } from './toml-file.ts'

/** `value` undefined: it goes. `upsert` joins tables with those that are there. */
export interface TomlEdit {
  readonly path: readonly string[]
  readonly value: unknown
  readonly upsert: boolean
}

/** Rejects with CONFIG_INVALID when it cannot be done without touching something else. */
export const editToml = async (file: string, text: string, edits: readonly TomlEdit[]): Promise<string> => {
  let [now, data] = [text, await parseToml(file, text)]
  for (const { path, value, upsert } of edits) {
    const before = at(data, path)
    const wanted = upsert && isTable(value) && isTable(before) ? merged(before, value) : value
    if (isDeepStrictEqual(plain(before), plain(wanted))) continue
    const leaves: readonly TomlEdit[] =
      upsert && isTable(value) && isTable(before)
        ? parts(path, value, before)
        : [{ path, value: wanted, upsert: false }]
    for (const leaf of leaves) now = changed(now, leaf.path, leaf.value)
    data = withValue(data, path, wanted)
    const told = await parseToml(file, now).catch(() => undefined)
    if (!isDeepStrictEqual(plain(told), plain(data)))
      throw invalidFile(file, `${keyText(path)} is written in a way that cannot be changed alone; change it by hand.`)
  }
  return now
}

/** The smallest tables that differ. */
const parts = (path: readonly string[], value: Table, before: Table): readonly TomlEdit[] =>
  Object.entries(value).flatMap(([key, inner]) => {
    const there = before[key]
    if (isTable(inner) && isTable(there)) return parts([...path, key], inner, there)
    return [{ path: [...path, key], value: inner, upsert: false }]
  })

/** Objects of parsers may have no prototype; a table without anything in it may be none at all. */
const plain = (value: unknown): unknown => {
  if (!isTable(value)) return value === undefined ? undefined : JSON.parse(JSON.stringify(value))
  const inner = Object.entries(value).map(([key, one]) => [key, plain(one)] as const)
  const kept = inner.filter(([, one]) => one !== undefined)
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}

const at = (data: Table, path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, key) => (isTable(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined), data)

/** What is replaced keeps its place. */
const withValue = (data: Table, [key = '', ...rest]: readonly string[], value: unknown): Table => {
  const inner = Object.hasOwn(data, key) ? data[key] : undefined
  const next = rest.length === 0 ? value : withValue(isTable(inner) ? inner : {}, rest, value)
  const all = Object.entries({ ...data, [key]: next })
  return Object.fromEntries(all.filter(([name]) => name !== key || next !== undefined))
}

const changed = (text: string, path: readonly string[], value: unknown): string => {
  const statements = tomlStatements(text)
  const inline = statements.find(
    ({ kind, path: own }) => kind === 'pair' && own.length < path.length && isWithin(path, own),
  )
  const exact = statements.find(({ kind, path: own }) => kind === 'pair' && isAt(own, path))
  if (inline?.value) return inlined(text, { statement: inline, path, value })
  if (exact?.value && value !== undefined) return splice(text, [{ ...exact.value, text: tomlValue(value) }])
  const gone = splice(text, goneAt(statements, path))
  return value === undefined ? gone : inserted(gone, path, value)
}

interface Inline {
  readonly statement: Statement
  readonly path: readonly string[]
  readonly value: unknown
}

/** A table that is written in one line is written anew. Broken text is found by the proof. */
const inlined = (text: string, { statement, path, value }: Inline): string => {
  const { start, end } = statement.value as { start: number; end: number }
  const pairs = tomlInline(text.slice(start, end))
  const next = pairs && withValue(pairs, path.slice(statement.path.length), value)
  return next ? splice(text, [{ start, end, text: tomlValue(next) }]) : text
}

/** Of simple ones: names with texts, numbers and truths. */
const tomlInline = (text: string): Table | undefined => {
  const body = /^\{([\s\S]*)\}$/.exec(text)?.[1]
  if (body === undefined) return undefined
  const pairs = body.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/).filter((part) => part.trim() !== '')
  try {
    return Object.fromEntries(
      pairs.map((pair) => {
        const [statement] = tomlStatements(pair.trim())
        const { start, end } = statement?.value ?? { start: 0, end: 0 }
        return [statement?.path.join('.') ?? '', JSON.parse(pair.trim().slice(start, end)) as unknown]
      }),
    )
  } catch {
    return undefined
  }
}

/** Pairs and tables of it, and of what is below. */
const goneAt = (statements: readonly Statement[], path: readonly string[]): readonly Splice[] => {
  let isInside = false
  const gone: Splice[] = []
  for (const [index, { kind, path: own, start, end }] of statements.entries()) {
    if (kind === 'table') isInside = isWithin(own, path)
    const isOwn = kind === 'pair' && isWithin(own, path)
    if (kind === 'table' && isInside && statements[index - 1]?.kind === 'blank' && gone.at(-1)?.end !== start) {
      const blank = statements[index - 1] as Statement
      gone.push({ start: blank.start, end: blank.end, text: '' })
    }
    if ((isInside && kind !== 'comment' && kind !== 'blank') || isOwn) gone.push({ start, end, text: '' })
  }
  return gone
}

/** Below its table where there is one, else in a new one at the end; a table becomes one of its own. */
const inserted = (text: string, path: readonly string[], value: unknown): string => {
  const end = lineBreakOf(text)
  if (isTable(value)) return appended(text, [`[${keyText(path)}]`, ...linesOf(value)].join(end))
  const parent = path.slice(0, -1)
  const line = `${keyText(path.slice(-1))} = ${tomlValue(value)}${end}`
  const statements = tomlStatements(text)
  const place = placeIn(statements, parent)
  if (place === undefined) return appended(text, [`[${keyText(parent)}]`, line.trimEnd()].join(end))
  const before = place > 0 && text[place - 1] !== '\n' ? end : ''
  const after = place === 0 && statements[0]?.kind === 'table' ? end : ''
  return splice(text, [{ start: place, end: place, text: `${before}${line}${after}` }])
}

/** Behind the last pair of a table; undefined when it has no head of its own. */
const placeIn = (statements: readonly Statement[], table: readonly string[]): number | undefined => {
  const head = table.length === 0 ? -1 : statements.findIndex(({ kind, path }) => kind === 'table' && isAt(path, table))
  if (head < 0 && table.length > 0) return undefined
  const next = statements.findIndex(({ kind }, index) => index > head && kind === 'table')
  const inside = statements.slice(Math.max(head, 0), next < 0 ? undefined : next)
  return inside.findLast(({ kind }, index) => kind === 'pair' || (index === 0 && head >= 0))?.end ?? 0
}

const appended = (text: string, lines: string): string => {
  const end = lineBreakOf(text)
  return `${text === '' ? '' : `${text}${text.endsWith('\n') ? '' : end}${end}`}${lines}${end}`
}

const linesOf = (table: Table): readonly string[] =>
  Object.entries(table).flatMap(([key, value]) => (value == null ? [] : [`${keyText([key])} = ${tomlValue(value)}`]))

/** Of JSON values; tables in one line. The escapes of JSON are ones of TOML, which wants DEL escaped too. */
const tomlValue = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(tomlValue).join(', ')}]`
  if (isTable(value)) return Object.keys(value).length === 0 ? '{}' : `{ ${linesOf(value).join(', ')} }`
  return JSON.stringify(value).replaceAll('\u007f', '\\u007f')
}

const isWithin = (path: readonly string[], of: readonly string[]): boolean =>
  of.every((key, index) => path[index] === key)
const isAt = (path: readonly string[], place: readonly string[]): boolean =>
  path.length === place.length && isWithin(path, place)
