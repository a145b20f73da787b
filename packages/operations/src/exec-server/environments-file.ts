/** Owns the text of Codex's environments.toml: one environment goes in or out, and every other byte stays. */
import { isDeepStrictEqual } from 'node:util'
import { lineBreakOf, type Splice, splice, type Statement, tomlStatements } from '@towline/base'
import { AppError } from '@towline/protocol'
import { isObject } from '../agents/entry.ts'

/** What Codex starts to reach an environment, and what that gets in its environment. */
export interface BridgeEntry {
  readonly id: string
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

type Fields = Readonly<Record<string, unknown>>

export interface Environments {
  readonly default: string | undefined
  readonly all: readonly Fields[]
}

/** Throws CONFIG_INVALID. */
export const parseEnvironments = async (text: string, file: string): Promise<Environments> => {
  const { parse } = await import('smol-toml')
  const whole = attempt(() => parse(text), file)
  const { environments = [], default: chosen } = whole as Fields
  if (!Array.isArray(environments)) throw invalid(file, 'environments', 'it is no list.')
  return { default: typeof chosen === 'string' ? chosen : undefined, all: environments.filter(isObject) }
}

const attempt = (parse: () => object, file: string): object => {
  try {
    return parse()
  } catch (error) {
    throw invalid(file, 'the whole file', `${(error as Error).message.split('\n')[0]}`)
  }
}

const invalid = (file: string, key: string, problem: string): AppError =>
  new AppError('CONFIG_INVALID', { file, key, problem })

export interface Edit {
  readonly file: string
  readonly text: string
}

/** With the entry, in place of one with its id; `chosen` makes it the default. Throws AGENT_FILE_UNEDITABLE, CONFIG_INVALID. */
export const withEnvironment = async ({ file, text }: Edit, entry: BridgeEntry, chosen: boolean): Promise<string> => {
  const { all } = await parseEnvironments(text, file)
  const at = all.findIndex(({ id }) => id === entry.id)
  const placed = at < 0 ? appended(text, entry) : rewritten(text, at, entry)
  const result = chosen ? withDefault(placed, entry.id) : placed
  const wanted = at < 0 ? [...all, shapeOf(entry)] : all.with(at, { ...omitEnv(all[at] ?? {}), ...shapeOf(entry) })
  return await held(result, file, wanted)
}

/** Without it. Throws AGENT_FILE_UNEDITABLE, CONFIG_INVALID. */
export const withoutEnvironment = async ({ file, text }: Edit, id: string): Promise<string> => {
  const { all, default: chosen } = await parseEnvironments(text, file)
  const at = all.findIndex((one) => one['id'] === id)
  if (at < 0) return text
  const statements = tomlStatements(text)
  const section = sectionsOf(statements)[at]
  const chose = chosen === id ? statements.filter(isDefault) : []
  const gone = [
    ...(section ? [whole(statements, section)] : []),
    ...chose.map(({ start, end }) => ({ start, end, text: '' })),
  ]
  return await held(splice(text, gone), file, all.toSpliced(at, 1))
}

/** What was written is read again: it holds what it should and nothing else, or nothing is written. */
const held = async (text: string, file: string, wanted: readonly Fields[]): Promise<string> => {
  const { all } = await parseEnvironments(text, file).catch(() => ({ all: undefined }))
  if (isDeepStrictEqual(plain(all), plain(wanted))) return text
  throw new AppError('AGENT_FILE_UNEDITABLE', { file, agent: 'codex' })
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null))

const shapeOf = ({ env, ...entry }: BridgeEntry): Fields => ({ ...entry, ...(Object.keys(env).length > 0 && { env }) })
const omitEnv = ({ env: _env, ...rest }: Fields): Fields => rest

const appended = (text: string, entry: BridgeEntry): string => {
  const end = lineBreakOf(text)
  const before = text === '' ? '' : `${text}${text.endsWith('\n') ? '' : end}${end}`
  return `${before}${['[[environments]]', ...linesOf(entry)].join(end)}${end}`
}

const FIELDS = ['id', 'program', 'args', 'env'] as const

const linesOf = (entry: BridgeEntry): readonly string[] =>
  FIELDS.flatMap((field) => {
    const value = valueOf(field, entry)
    return value === undefined ? [] : [`${field} = ${value}`]
  })

const valueOf = (field: (typeof FIELDS)[number], entry: BridgeEntry): string | undefined => {
  if (field === 'args') return `[${entry.args.map(quoted).join(', ')}]`
  if (field !== 'env') return quoted(entry[field])
  const pairs = Object.entries(entry.env).map(([name, value]) => `${quoted(name)} = ${quoted(value)}`)
  return pairs.length === 0 ? undefined : `{ ${pairs.join(', ')} }`
}

/** The escapes of JSON are ones of TOML, which wants DEL escaped too. */
const quoted = (text: string): string => JSON.stringify(text).replaceAll('\u007f', '\\u007f')

/** Values of ours where they stand; what is missing comes after the head, what is no more wanted goes. */
const rewritten = (text: string, at: number, entry: BridgeEntry): string => {
  const statements = tomlStatements(text)
  const section = sectionsOf(statements)[at]
  if (!section) return text
  const end = lineBreakOf(text)
  const inside = statements.slice(section.first, section.last + 1)
  const head = inside[0] as Statement
  const missing: string[] = []
  const splices = FIELDS.flatMap((field): readonly Splice[] => {
    const value = valueOf(field, entry)
    const pair = inside.find(({ kind, path }) => kind === 'pair' && path.length === 2 && path[1] === field)
    if (pair?.value && value !== undefined) return [{ ...pair.value, text: value }]
    if (pair) return [{ start: pair.start, end: pair.end, text: '' }]
    if (value !== undefined) missing.push(`${field} = ${value}${end}`)
    return []
  })
  return splice(text, [...splices, { start: head.end, end: head.end, text: missing.join('') }])
}

interface Section {
  /** Places in the list of statements; the last is a table or pair. */
  readonly first: number
  readonly last: number
}

/** One for each `[[environments]]`, with the tables beneath it. */
const sectionsOf = (statements: readonly Statement[]): readonly Section[] => {
  const sections: Section[] = []
  let isInside = false
  for (const [index, { kind, path }] of statements.entries()) {
    if (kind === 'table') {
      isInside = path[0] === 'environments'
      if (isInside && path.length === 1) sections.push({ first: index, last: index })
    }
    const open = sections.at(-1)
    if (isInside && open && (kind === 'table' || kind === 'pair'))
      sections[sections.length - 1] = { ...open, last: index }
  }
  return sections
}

/** With the empty line before it. */
const whole = (statements: readonly Statement[], { first, last }: Section): Splice => {
  const before = statements[first - 1]
  const start = before?.kind === 'blank' ? before.start : (statements[first] as Statement).start
  return { start, end: (statements[last] as Statement).end, text: '' }
}

const isDefault = ({ kind, path }: Statement): boolean => kind === 'pair' && path.length === 1 && path[0] === 'default'

const withDefault = (text: string, id: string): string => {
  const pair = tomlStatements(text).find(isDefault)
  if (pair?.value) return splice(text, [{ ...pair.value, text: quoted(id) }])
  const end = lineBreakOf(text)
  return `default = ${quoted(id)}${end}${text.startsWith('[') ? end : ''}${text}`
}
