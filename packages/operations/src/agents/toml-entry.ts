/** Owns putting a server into a TOML file of settings and taking it out, byte for byte beside all that is not its own. */
import { lineBreakOf, type Splice, splice, type Statement, tomlStatements } from '@towline/base'
import type { Entry } from './entry.ts'
import type { EntryFormat } from './entry-format.ts'

const SERVERS = 'mcp_servers'

export const tomlEntry: EntryFormat = {
  serversKey: SERVERS,
  shape: ({ command, args, env }) => ({ command, args, ...(hasKeys(env) && { env }) }),
  parse: async (text) => (await import('smol-toml')).parse(text),
  insert: (text, name, entry) => {
    const end = lineBreakOf(text)
    const before = text === '' ? '' : `${text}${text.endsWith('\n') ? '' : end}${end}`
    const lines = [`[${SERVERS}.${name}]`, ...FIELDS.map((field) => lineOf(field, entry)).filter((line) => line !== '')]
    return `${before}${lines.join(end)}${end}`
  },
  update: (text, name, entry) => {
    const statements = tomlStatements(text)
    const own = [SERVERS, name]
    const head = statements.find(({ kind, path }) => kind === 'table' && isAt(path, own))
    if (!head) return text
    const end = lineBreakOf(text)
    const written = FIELDS.filter((field) => pairOf(statements, [...own, field]) !== undefined)
    const missing = FIELDS.filter((field) => !written.includes(field)).map((field) => lineOf(field, entry))
    return splice(text, [
      ...written.flatMap((field) => rewritten(pairOf(statements, [...own, field]) as Statement, lineOf(field, entry))),
      // The environment is written in one line from now on, so a table of its own goes.
      ...statements.filter(({ path }) => isWithin(path, [...own, 'env']) && path.length > 0).flatMap(dropped(own)),
      at(
        head.end,
        `${text[head.end - 1] === '\n' ? '' : end}${missing
          .filter((line) => line !== '')
          .map((line) => line + end)
          .join('')}`,
      ),
    ])
  },
  remove: (text, name) => {
    const statements = tomlStatements(text)
    const sections = statements.flatMap(({ kind, path }, index) =>
      kind === 'table' && isWithin(path, [SERVERS, name]) ? [sectionAt(statements, index)] : [],
    )
    return splice(text, sections)
  },
}

const FIELDS = ['command', 'args', 'env'] as const

/** As a line, or nothing where there is nothing to say. */
const lineOf = (field: (typeof FIELDS)[number], entry: Entry): string => {
  if (field === 'env') {
    const pairs = Object.entries(entry.env).map(([name, value]) => `${quoted(name)} = ${quoted(value)}`)
    return pairs.length === 0 ? '' : `env = { ${pairs.join(', ')} }`
  }
  return `${field} = ${field === 'command' ? quoted(entry.command) : `[${entry.args.map(quoted).join(', ')}]`}`
}

/** The escapes of JSON are ones of TOML, which wants DEL escaped too. */
const quoted = (text: string): string => JSON.stringify(text).replaceAll('\u007f', '\\u007f')

const pairOf = (statements: readonly Statement[], path: readonly string[]): Statement | undefined =>
  statements.find((one) => one.kind === 'pair' && isAt(one.path, path))

/** A comment behind the value stays. */
const rewritten = ({ start, end, value }: Statement, line: string): readonly Splice[] => {
  if (line === '' || !value) return [{ start, end, text: '' }]
  return [{ ...value, text: line.slice(line.indexOf(' = ') + 3) }]
}

/** The lines of an environment that was written as a table or key by key; a pair of all of it was rewritten already. */
const dropped =
  (own: readonly string[]) =>
  ({ kind, path, start, end }: Statement): readonly Splice[] =>
    kind === 'pair' && isAt(path, [...own, 'env']) ? [] : [{ start, end, text: '' }]

/** A table with its pairs and what stands between them, and the empty line before it. */
const sectionAt = (statements: readonly Statement[], index: number): Splice => {
  const head = statements[index] as Statement
  const next = statements.findIndex(({ kind }, at) => at > index && kind === 'table')
  const inside = statements.slice(index, next < 0 ? undefined : next)
  const last = inside.findLast(({ kind }) => kind === 'table' || kind === 'pair') as Statement
  const before = statements[index - 1]
  return { start: before?.kind === 'blank' ? before.start : head.start, end: last.end, text: '' }
}

const at = (place: number, text: string): Splice => ({ start: place, end: place, text })
const isWithin = (path: readonly string[], of: readonly string[]): boolean =>
  of.every((key, index) => path[index] === key)
const isAt = (path: readonly string[], place: readonly string[]): boolean =>
  path.length === place.length && isWithin(path, place)
const hasKeys = (value: object): boolean => Object.keys(value).length > 0
