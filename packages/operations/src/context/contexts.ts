/** Owns the contexts file: which servers this user knows, with which credential, and which one is current. */
import { AppError, parseServerUrl, printable, validateSlug } from '@towline/protocol'
import { contextsFile, type Env } from './home.ts'
import { readPrivateFile, writePrivateFile } from './private-file.ts'

/** A server, a project on it and the credential for it. */
export interface Context {
  readonly name: string
  /** Of links and API; scheme, host and port. */
  readonly url: string
  /** Slug. */
  readonly project: string
  readonly token: string
  /** PEM of the CA that signs the server's certificate; absent means the system's CAs. */
  readonly ca?: string
}

export interface Contexts {
  readonly current?: string
  readonly contexts: readonly Context[]
}

const VERSION = 1
const FILE_KEYS = ['version', 'current', 'contexts']
const CONTEXT_KEYS = ['name', 'url', 'project', 'token', 'ca']
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/
/** Printable ASCII without spaces, as it goes into a header field. */
const TOKEN = /^[\x21-\x7e]{8,4096}$/

/** All contexts; none when the file is not there yet. Throws CONFIG_INVALID. */
export const readContexts = async (env: Env): Promise<Contexts> => {
  const file = contextsFile(env)
  const text = await readPrivateFile(file)
  return text === undefined ? { contexts: [] } : parseContexts(text, file)
}

/** Adds or replaces a context by its name and makes it current. */
export const saveContext = async (env: Env, context: Context): Promise<void> => {
  const { contexts } = await readContexts(env)
  const others = contexts.filter(({ name }) => name !== context.name)
  await writeContexts(env, { current: context.name, contexts: [...others, context] })
}

export const writeContexts = async (env: Env, { current, contexts }: Contexts): Promise<void> => {
  const value = { version: VERSION, ...(current === undefined ? {} : { current }), contexts }
  const text = `${JSON.stringify(value, null, 2)}\n`
  parseContexts(text, contextsFile(env))
  await writePrivateFile(contextsFile(env), text)
}

/** Reads the text of a contexts file, strictly: what it does not know, it refuses. */
const parseContexts = (text: string, file: string): Contexts => {
  const fail = (key: string, problem: string): AppError => new AppError('CONFIG_INVALID', { key, file, problem })
  const value = readObject(parseJson(text), 'the whole file', fail)
  refuseUnknown(value, FILE_KEYS, fail)
  if (value['version'] !== VERSION) throw fail('version', `this version reads ${VERSION}`)
  if (!Array.isArray(value['contexts'])) throw fail('contexts', 'it is not a list')
  const contexts = value['contexts'].map((item, index) => readContext(item, `contexts[${index}]`, fail))
  const twice = contexts.find(({ name }, index) => contexts.findIndex((other) => other.name === name) !== index)
  if (twice) throw fail('contexts', `the name "${twice.name}" is there twice`)
  const { current } = value
  if (current === undefined) return { contexts }
  if (typeof current !== 'string' || !contexts.some(({ name }) => name === current)) {
    throw fail('current', 'it names no context of this file')
  }
  return { current, contexts }
}

type Fail = (key: string, problem: string) => AppError
type Fields = Readonly<Record<string, unknown>>

const readContext = (item: unknown, at: string, fail: Fail): Context => {
  const fields = readObject(item, at, fail)
  refuseUnknown(fields, CONTEXT_KEYS, (key, problem) => fail(`${at}.${key}`, problem))
  const text = (key: string, pattern?: RegExp): string => {
    const value = fields[key]
    if (typeof value !== 'string' || (pattern && !pattern.test(value)))
      throw fail(`${at}.${key}`, 'it is missing or malformed')
    return value
  }
  const context = { name: text('name', NAME), url: text('url'), project: text('project'), token: text('token', TOKEN) }
  checked(
    () => parseServerUrl(context.url),
    (problem) => fail(`${at}.url`, problem),
  )
  checked(
    () => validateSlug(context.project),
    (problem) => fail(`${at}.project`, problem),
  )
  return fields['ca'] === undefined ? context : { ...context, ca: text('ca', /-----BEGIN CERTIFICATE-----/) }
}

const checked = (check: () => unknown, fail: (problem: string) => AppError): void => {
  try {
    check()
  } catch (error) {
    throw fail(error instanceof Error ? error.message : String(error))
  }
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const readObject = (value: unknown, at: string, fail: Fail): Fields => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw fail(at, 'it is not a JSON object')
}

const refuseUnknown = (value: Fields, known: readonly string[], fail: Fail): void => {
  const unknown = Object.keys(value).find((key) => !known.includes(key))
  if (unknown !== undefined)
    throw fail(printable(unknown), `this key is not known; the known ones are ${known.join(', ')}`)
}
