/** Owns putting a server into a JSON file of settings and taking it out, byte for byte beside all that is not its own. */
import { lineBreakOf, splice } from '@towline/base'
import type { Entry } from './entry.ts'
import type { EntryFormat } from './entry-format.ts'
import { type Member, memberOf, membersAt } from './json-members.ts'

const SERVERS = 'mcpServers'

const shape = ({ command, args, env }: Entry): Readonly<Record<string, unknown>> => ({
  ...{ type: 'stdio', command, args, env },
})

export const jsonEntry: EntryFormat = {
  serversKey: SERVERS,
  shape,
  parse: async (text) => (text.trim() === '' ? {} : await Promise.resolve(JSON.parse(text) as unknown)),
  insert: (text, name, entry) => {
    const file = text.trim() === '' ? '{}\n' : text
    const servers = memberOf(membersAt(file, 0), SERVERS)
    if (!servers) return added(file, 0, { key: SERVERS, value: { [name]: shape(entry) }, depth: 1 })
    return added(file, servers.value, { key: name, value: shape(entry), depth: 2 })
  },
  update: (text, name, entry) => {
    const own = ownIn(text, name)
    if (!own) return text
    const now = JSON.parse(text.slice(own.value, own.end)) as object
    const value = indented({ ...now, ...shape(entry) }, 2, text)
    return splice(text, [{ start: own.value, end: own.end, text: value }])
  },
  remove: (text, name) => {
    const servers = memberOf(membersAt(text, 0), SERVERS)
    if (!servers) return text
    const members = membersAt(text, servers.value)
    const index = members.findLastIndex(({ key }) => key === name)
    const own = members[index]
    if (!own) return text
    const [before, after] = [members[index - 1], members[index + 1]]
    if (before) return splice(text, [{ start: before.end, end: own.end, text: '' }])
    if (after) return splice(text, [{ start: own.start, end: after.start, text: '' }])
    return splice(text, [{ start: servers.value, end: servers.end, text: '{}' }])
  },
}

const ownIn = (text: string, name: string): Member | undefined => {
  const servers = memberOf(membersAt(text, 0), SERVERS)
  return servers && memberOf(membersAt(text, servers.value), name)
}

interface Addition {
  readonly key: string
  readonly value: unknown
  /** Of the members of that object; those of the whole file have 1. */
  readonly depth: number
}

/** As the last member of the object at `object`. */
const added = (text: string, object: number, { key, value, depth }: Addition): string => {
  const unit = unitOf(text)
  const line = (deep: number): string => (unit === '' ? '' : lineBreakOf(text) + unit.repeat(deep))
  const member = `${line(depth)}${JSON.stringify(key)}:${unit === '' ? '' : ' '}${indented(value, depth, text)}`
  const last = membersAt(text, object).at(-1)
  if (last) return splice(text, [{ start: last.end, end: last.end, text: `,${member}` }])
  const open = text.indexOf('{', object)
  const close = text.indexOf('}', open)
  return splice(text, [{ start: open + 1, end: close, text: `${member}${line(depth - 1)}` }])
}

const indented = (value: unknown, depth: number, text: string): string => {
  const unit = unitOf(text)
  return JSON.stringify(value, null, unit).replaceAll('\n', lineBreakOf(text) + unit.repeat(depth))
}

/** What the file indents by: nothing where it is one line. */
const unitOf = (text: string): string => {
  const [first] = membersAt(text, 0)
  if (!first) return '  '
  const before = text.slice(0, first.start)
  return before.includes('\n') ? before.slice(before.lastIndexOf('\n') + 1) : ''
}
