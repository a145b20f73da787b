/** Owns changing one server in an agent's file, and proving that nothing else changed. */
import { isDeepStrictEqual } from 'node:util'
import { AppError } from '@towline/protocol'
import { type Entry, isObject } from './entry.ts'

/** How an agent's file is written. The functions that change a text answer it unchanged where they know no way. */
export interface EntryFormat {
  /** Of the object that has a member for each server. */
  readonly serversKey: string
  /** The members of an entry that are ours. */
  shape(entry: Entry): Readonly<Record<string, unknown>>
  /** Throws when it is not valid. */
  parse(text: string): Promise<unknown>
  insert(text: string, name: string, entry: Entry): string
  /** Members of the entry that are not ours stay. */
  update(text: string, name: string, entry: Entry): string
  remove(text: string, name: string): string
}

export interface AgentText {
  readonly agent: string
  readonly file: string
  readonly text: string
}

type Servers = Readonly<Record<string, unknown>>

/** The servers that a file holds. Throws CONFIG_INVALID. */
export const serversIn = async (format: EntryFormat, { file, text }: AgentText): Promise<Servers> => {
  const { [format.serversKey]: servers = {} } = await whole(format, file, text)
  if (isObject(servers)) return servers
  throw new AppError('CONFIG_INVALID', { key: format.serversKey, file, problem: 'it holds no servers by name' })
}

/** The text with the entry; members of one that is there stay, unless it is to be `anew`. Throws AGENT_FILE_UNEDITABLE. */
export const withEntry = async (
  format: EntryFormat,
  about: AgentText,
  { name, entry, anew }: { readonly name: string; readonly entry: Entry; readonly anew: boolean },
): Promise<string> => {
  const now = (await serversIn(format, about))[name]
  if (now !== undefined && anew) {
    const text = await withoutEntry(format, about, name)
    return await withEntry(format, { ...about, text }, { name, entry, anew: false })
  }
  const text = now === undefined ? format.insert(about.text, name, entry) : format.update(about.text, name, entry)
  const { command: _, args: _args, env: _env, ...theirs } = isObject(now) ? now : {}
  const own = { ...theirs, ...format.shape(entry) }
  await prove(format, { ...about, after: text }, (servers) => ({ ...servers, [name]: own }))
  return text
}

/** Throws AGENT_FILE_UNEDITABLE. */
export const withoutEntry = async (format: EntryFormat, about: AgentText, name: string): Promise<string> => {
  const text = format.remove(about.text, name)
  await prove(format, { ...about, after: text }, (servers) =>
    Object.fromEntries(Object.entries(servers).filter(([key]) => key !== name)),
  )
  return text
}

/** What an edit made of the file is what it should say, and nothing else says anything else. */
const prove = async (
  format: EntryFormat,
  { agent, file, text, after }: AgentText & { readonly after: string },
  change: (servers: Servers) => Servers,
): Promise<void> => {
  const { serversKey } = format
  const { [serversKey]: before, ...others } = await whole(format, file, text)
  const told = await whole(format, file, after).catch(() => undefined)
  const { [serversKey]: now, ...othersNow } = told ?? {}
  const wanted = change(isObject(before) ? before : {})
  if (told && isDeepStrictEqual(plain(othersNow), plain(others)) && isDeepStrictEqual(plain(now ?? {}), plain(wanted)))
    return
  throw new AppError('AGENT_FILE_UNEDITABLE', { agent, file })
}

/** Objects of parsers may have no prototype; dates of TOML keep their text. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

const whole = async (format: EntryFormat, file: string, text: string): Promise<Servers> => {
  const value = await format.parse(text).catch((error: Error) => {
    const problem = (error.message.split('\n')[0] ?? '').slice(0, 200)
    throw new AppError('CONFIG_INVALID', { key: 'the whole file', file, problem })
  })
  if (isObject(value)) return value
  throw new AppError('CONFIG_INVALID', { key: 'the whole file', file, problem: 'it is not an object' })
}
