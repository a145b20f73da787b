/** Owns the shape of trust files: `{ version, <list> }` of entries, read strictly and written as they are read. */
import { type Fail, failIn, type Fields, parseJson, readObject, refuseUnknown } from '@towline/base'
import { AppError, LIMITS, shown } from '@towline/protocol'
import { nodeCrypto } from '../crypto/node-crypto.ts'
import { parseEndpointIdentity } from '../identity/endpoint-identity.ts'
import { changeTrustFile, readTrustFile } from './trust-file.ts'

const VERSION = 1

/** What a kind of list holds. */
export interface EntryKind<T> {
  /** Its key in the file. */
  readonly list: string
  readonly keys: readonly (keyof T & string)[]
  readonly read: (fields: EntryFields) => T
  /** What no two entries have in common. */
  readonly ids: (entry: T) => readonly string[]
}

/** Reads the fields of one entry; each method throws CONFIG_INVALID with the place. */
export class EntryFields {
  readonly #fields: Fields
  readonly #at: string
  readonly #fail: Fail

  constructor(value: unknown, at: string, fail: Fail) {
    this.#fields = readObject(value, at, fail)
    this.#at = at
    this.#fail = fail
  }

  only(keys: readonly string[]): this {
    refuseUnknown(this.#fields, keys, (key, problem) => this.#fail(`${this.#at}.${key}`, problem))
    return this
  }

  text(key: string, isGood: (text: string) => boolean): string {
    const value = this.#fields[key]
    if (typeof value !== 'string' || !isGood(value)) throw this.wrong(key)
    return value
  }

  /** The text of an endpoint identity. */
  key(key: string): string {
    const text = this.text(key, () => true)
    try {
      return parseEndpointIdentity(nodeCrypto, text).text
    } catch (error) {
      throw this.#fail(`${this.#at}.${key}`, error instanceof AppError ? String(error.details['problem']) : 'malformed')
    }
  }

  seconds(key: string): number {
    const value = this.#fields[key]
    if (!Number.isSafeInteger(value) || (value as number) < 0) throw this.wrong(key)
    return value as number
  }

  words(key: string, known: readonly string[]): string[] {
    const value = this.#fields[key]
    const isGood = Array.isArray(value) && value.length > 0 && value.every((word) => known.includes(word as string))
    if (!isGood) throw this.#fail(`${this.#at}.${key}`, `it is not a list of ${known.join(', ')}`)
    return value as string[]
  }

  has(key: string): boolean {
    return this.#fields[key] !== undefined
  }

  wrong(key: string): AppError {
    return this.#fail(`${this.#at}.${key}`, 'it is missing or malformed')
  }
}

const parseEntries = <T>(kind: EntryKind<T>, text: string, file: string): readonly T[] => {
  const fail = failIn(file)
  const value = readObject(parseJson(text), 'the whole file', fail)
  refuseUnknown(value, ['version', kind.list], fail)
  if (value['version'] !== VERSION) throw fail('version', `this version reads ${VERSION}`)
  const items = value[kind.list]
  if (!Array.isArray(items)) throw fail(kind.list, 'it is not a list')
  const entries = items.map((item, at) => kind.read(new EntryFields(item, `${kind.list}[${at}]`, fail).only(kind.keys)))
  const ids = entries.flatMap(kind.ids)
  if (new Set(ids).size < ids.length) throw fail(kind.list, 'an entry is there twice')
  return entries
}

/** None when there is no file yet. Throws CONFIG_INVALID, E2E_IDENTITY_UNSAFE. */
export const readEntries = async <T>(
  home: string,
  { kind, file }: { readonly kind: EntryKind<T>; readonly file: string },
): Promise<readonly T[]> => {
  const text = await readTrustFile(home, { file, kind: 'list' })
  return text === undefined ? [] : parseEntries(kind, text, file)
}

export const changeEntries = <T>(
  home: string,
  {
    kind,
    file,
    change,
  }: {
    readonly kind: EntryKind<T>
    readonly file: string
    readonly change: (now: readonly T[]) => readonly T[]
  },
): Promise<void> =>
  changeTrustFile(home, {
    file,
    kind: 'list',
    change: (text) => {
      const entries = change(text === undefined ? [] : parseEntries(kind, text, file))
      if (entries.length > LIMITS.e2eEntries)
        throw new AppError('LIMIT_REACHED', { limit: 'e2eEntries', value: LIMITS.e2eEntries })
      return `${JSON.stringify({ version: VERSION, [kind.list]: entries }, null, 2)}\n`
    },
  })

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/

/** Of an identity or a client: also a file name. */
export const isTrustName = (name: string): boolean => NAME.test(name)

/** Throws OPTION_INVALID. */
export const validateTrustName = (name: string, option: string): string => {
  if (isTrustName(name)) return name
  const problem = 'use 1 to 63 letters, digits and ". _ -", starting with a letter or digit'
  throw new AppError('OPTION_INVALID', { option, value: shown(name), problem })
}
