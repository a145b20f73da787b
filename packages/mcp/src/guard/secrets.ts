/**
 * Owns secrets by reference: tools and their arguments name them, and what they hold is looked up at the last moment and
 * never shown. It keeps secrets out of what models read by accident; whoever may run programs can still print them in parts.
 */
import { randomText, Secret } from '@towline/base'
import { AppError, LIMITS, shown } from '@towline/protocol'
import { masker } from './masker.ts'
import { readSecretFile } from './secret-file.ts'

/** Begins every reference. */
const SECRET_SCHEME = 'secret://'

/** Secrets of this process. */
export interface Secrets {
  /** Keeps a secret in memory; answers `secret://<id>`. `purpose` is for people, in a few words. */
  put(value: Secret, purpose: string): string
  /** What a reference stands for. Rejects with SECRET_REFUSED. */
  resolve(reference: string): Promise<Secret>
  /** The same value with `***` in place of every secret that was put away or looked up here. */
  masked<T>(value: T): T
}

export interface SecretsOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Towline's own files, which are never handed out. */
  readonly home: string
}

/** Shorter ones would blot out words that are none. */
const LEAST_CHARS = 4
const ID_CHARS = 24

export const createSecrets = ({ env, home }: SecretsOptions): Secrets => {
  const kept = new Map<string, { readonly value: Secret; readonly purpose: string }>()
  const mask = masker(LIMITS.mcpSecrets * 2)

  const found = (reference: string, value: string): Secret => {
    const bare = withoutLineEnd(value)
    if (bare.length < LEAST_CHARS) throw refused(reference, `it is shorter than ${LEAST_CHARS} characters`)
    if (value.length > LIMITS.mcpSecretBytes) throw refused(reference, 'it is too long')
    mask.add(bare)
    return new Secret(value)
  }

  /** By the first part of a reference. */
  const places: Readonly<Record<string, (name: string, reference: string) => Promise<string>>> = {
    env: async (name, reference) => {
      if (/^TOWLINE_/i.test(name)) throw refused(reference, "Towline's own settings are not handed out")
      const value = Object.hasOwn(env, name) ? env[name] : undefined
      if (value === undefined) throw refused(reference, 'there is no such variable')
      return value
    },
    file: (path, reference) =>
      readSecretFile(`/${path}`, {
        home,
        refuse: (problem) => refused(reference, problem),
        most: LIMITS.mcpSecretBytes,
      }),
  }

  return {
    put: (value, purpose) => {
      const id = `sec_${randomText(ID_CHARS)}`
      const reference = `${SECRET_SCHEME}${id}`
      found(reference, value.reveal())
      kept.set(id, { value, purpose: shown(purpose) })
      for (const [oldest] of kept) if (kept.size > LIMITS.mcpSecrets) kept.delete(oldest)
      return reference
    },
    resolve: async (reference) => {
      const [, place, name] = /^secret:\/\/(env|file)\/([\s\S]+)$/.exec(reference) ?? []
      const read = place === undefined ? undefined : places[place]
      if (read && name !== undefined) return found(reference, await read(name, reference))
      const own = kept.get(reference.slice(SECRET_SCHEME.length))
      if (!own || !reference.startsWith(SECRET_SCHEME)) throw refused(reference, 'it is unknown here, or forgotten')
      return own.value
    },
    masked: (value) => mask.apply(value),
  }
}

/** Files of one line end with a line break that is no part of the secret. */
export const withoutLineEnd = (text: string): string => text.replace(/\r?\n$/, '')

export const isSecretReference = (text: string): boolean => text.startsWith(SECRET_SCHEME)

const refused = (reference: string, problem: string): AppError =>
  new AppError('SECRET_REFUSED', { reference: shown(reference), problem })
