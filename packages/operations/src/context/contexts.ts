/** Owns the contexts file: which servers this user knows, with which credential, and which one is current. */
import {
  type Fail,
  failIn,
  parseJson,
  privateReader,
  readObject,
  refuseUnknown,
  withFileLock,
  writePrivateFile,
} from '@towline/base'
import { AppError, parseServerUrl, printable, validateSlug } from '@towline/protocol'
import { contextsFile, type Env } from './home.ts'

/** A server, a project on it and the credential for it. */
export interface Context {
  readonly name: string
  /** Of links and API; scheme, host and port. */
  readonly url: string
  /** Slug; absent where the token or the only project of a person says which. */
  readonly project?: string
  /** A token of a project, or the access token of a login. */
  readonly token: string
  /** What renews the token; a token of a project needs none. */
  readonly login?: Login
  /** PEM of the CA that signs the server's certificate; absent means the system's CAs. */
  readonly ca?: string
}

/** A person's login, as it is kept. */
export interface Login {
  /** The authorization server, byte for byte as it calls itself. */
  readonly issuer: string
  /** Good for one use: the answer holds the next one. */
  readonly refreshToken: string
  /** Of the access token; integer seconds. */
  readonly expiresAt: number
  /** What the person allowed. */
  readonly permissions: readonly string[]
}

export interface Contexts {
  readonly current?: string
  readonly contexts: readonly Context[]
}

const VERSION = 1
const FILE_KEYS = ['version', 'current', 'contexts']
const CONTEXT_KEYS = ['name', 'url', 'project', 'token', 'ca', 'login']
const LOGIN_KEYS = ['issuer', 'refreshToken', 'expiresAt', 'permissions']
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/

/** Throws OPTION_INVALID. */
export const validateContextName = (name: string, option = '--name'): string => {
  if (NAME.test(name)) return name
  const problem = 'use 1 to 63 letters, digits and ". _ -", starting with a letter or digit'
  throw new AppError('OPTION_INVALID', { option, value: printable(name.slice(0, 64)), problem })
}

/** Printable ASCII without spaces, as it goes into a header field. */
const TOKEN = /^[\x21-\x7e]{8,4096}$/

/** Agents ask with each call. */
const read = privateReader()

/** All contexts; none when the file is not there yet. Throws CONFIG_INVALID. */
export const readContexts = async (env: Env): Promise<Contexts> => {
  const file = contextsFile(env)
  const text = await read(file)
  return text === undefined ? { contexts: [] } : parseContexts(text, file)
}

/** Adds or replaces a context by its name and makes it current. */
export const saveContext = (env: Env, context: Context): Promise<void> =>
  updateContexts(env, ({ contexts }) => {
    const others = contexts.filter(({ name }) => name !== context.name)
    return { current: context.name, contexts: [...others, context] }
  })

/** Changes the file while no other process does; nothing is written when `change` throws or answers what it was given. */
export const updateContexts = (env: Env, change: (now: Contexts) => Contexts): Promise<void> =>
  withFileLock(contextsFile(env), async () => {
    const now = await readContexts(env)
    const next = change(now)
    if (next !== now) await writeContexts(env, next)
  })

/**
 * Changes one context as it is in the file now, which a renewed login may have changed since it was read: never write back
 * what was read before. Nothing happens when it is gone.
 */
export const changeContext = (env: Env, name: string, change: (now: Context) => Context): Promise<void> =>
  updateContexts(env, (all) => ({
    ...all,
    contexts: all.contexts.map((one) => (one.name === name ? change(one) : one)),
  }))

const writeContexts = async (env: Env, { current, contexts }: Contexts): Promise<void> => {
  const value = { version: VERSION, ...(current === undefined ? {} : { current }), contexts }
  const text = `${JSON.stringify(value, null, 2)}\n`
  parseContexts(text, contextsFile(env))
  await writePrivateFile(contextsFile(env), text)
}

/** Reads the text of a contexts file, strictly: what it does not know, it refuses. */
const parseContexts = (text: string, file: string): Contexts => {
  const fail = failIn(file)
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

const readContext = (item: unknown, at: string, fail: Fail): Context => {
  const fields = readObject(item, at, fail)
  refuseUnknown(fields, CONTEXT_KEYS, (key, problem) => fail(`${at}.${key}`, problem))
  const text = (key: string, pattern?: RegExp): string => {
    const value = fields[key]
    if (typeof value !== 'string' || (pattern && !pattern.test(value)))
      throw fail(`${at}.${key}`, 'it is missing or malformed')
    return value
  }
  const context = {
    ...{ name: text('name', NAME), url: text('url'), token: text('token', TOKEN) },
    ...(fields['project'] === undefined ? {} : { project: text('project') }),
    ...(fields['login'] === undefined ? {} : { login: readLogin(fields['login'], `${at}.login`, fail) }),
  }
  checked(
    () => parseServerUrl(context.url),
    (problem) => fail(`${at}.url`, problem),
  )
  checked(
    () => context.project === undefined || validateSlug(context.project),
    (problem) => fail(`${at}.project`, problem),
  )
  return fields['ca'] === undefined ? context : { ...context, ca: text('ca', /-----BEGIN CERTIFICATE-----/) }
}

const readLogin = (item: unknown, at: string, fail: Fail): Login => {
  const fields = readObject(item, at, fail)
  refuseUnknown(fields, LOGIN_KEYS, (key, problem) => fail(`${at}.${key}`, problem))
  const { issuer, refreshToken, expiresAt, permissions } = fields
  const wrong = (key: keyof Login): AppError => fail(`${at}.${key}`, 'it is missing or malformed')
  if (typeof issuer !== 'string' || !URL.canParse(issuer)) throw wrong('issuer')
  if (typeof refreshToken !== 'string' || !TOKEN.test(refreshToken)) throw wrong('refreshToken')
  if (!Number.isSafeInteger(expiresAt)) throw wrong('expiresAt')
  if (!Array.isArray(permissions) || permissions.some((one) => typeof one !== 'string')) throw wrong('permissions')
  return { issuer, refreshToken, expiresAt: expiresAt as number, permissions: permissions as string[] }
}

const checked = (check: () => unknown, fail: (problem: string) => AppError): void => {
  try {
    check()
  } catch (error) {
    throw fail(error instanceof Error ? error.message : String(error))
  }
}
