/** Owns reading the file of settings of a server: whole, strictly, and never telling what stands in it but by its key. */
import { dirname, resolve } from 'node:path'
import { AppError, LIMITS } from '@towline/protocol'
import { readBounded } from './bounded-file.ts'
import { keyOf, problemOf, WHOLE } from './config-issue.ts'
import type { SecretPlace } from './config-schema.ts'
import type { ServerConfig } from './server-config.ts'

export interface ConfigSource {
  readonly file: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Throws CONFIG_INVALID, which names file, key and problem. */
export const readConfig = async ({ file, env }: ConfigSource): Promise<ServerConfig> => {
  const { configSchema } = await import('./config-schema.ts')
  const fail = (key: string, problem: string): AppError => new AppError('CONFIG_INVALID', { file, key, problem })
  const { text, forAll } = await readBounded(file, LIMITS.configBytes, (problem) => fail(WHOLE, problem))
  const read = configSchema.safeParse(parseJson(text, fail))
  if (!read.success) {
    const [issue] = read.error.issues
    throw fail(keyOf(issue), problemOf(issue))
  }
  const secretOf = (place: SecretPlace, key: string): Promise<string> =>
    readSecret(place, { file, env, forAll, fail: (problem) => fail(key, problem) })
  return withSecrets(read.data, secretOf)
}

type Fail = (key: string, problem: string) => AppError

type Written = ReturnType<Awaited<typeof import('./config-schema.ts')>['configSchema']['parse']>

const withSecrets = async (
  { providers, turn, ...rest }: Written,
  secretOf: (place: SecretPlace, key: string) => Promise<string>,
): Promise<ServerConfig> => {
  const named = providers?.map(async (one, index) => ({
    ...one,
    clientSecret: await secretOf(one.clientSecret, `providers[${index}].clientSecret`),
  }))
  return {
    ...rest,
    ...(named && { providers: await Promise.all(named) }),
    ...(turn && { turn: { ...turn, secret: await secretOf(turn.secret, 'turn.secret') } }),
  }
}

/** What V8 says quotes the text, which may hold a secret, so only the place is told. */
const parseJson = (text: string, fail: Fail): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    const [where = ''] = /line \d+ column \d+|position \d+/.exec((error as Error).message) ?? []
    throw fail(WHOLE, `it is not JSON${where && `: see ${where}`}`)
  }
}

interface SecretSource extends ConfigSource {
  readonly fail: (problem: string) => AppError
  /** Whether others may read the file of settings. */
  readonly forAll: boolean
}

const readSecret = async (place: SecretPlace, { file, env, fail, forAll }: SecretSource): Promise<string> => {
  if (typeof place === 'string') {
    if (forAll) throw fail(`it holds a secret, and others may read it; run: chmod 600 ${file}`)
    return place
  }
  const text = 'env' in place ? env[place.env] : await secretFile(resolve(dirname(file), place.file), fail)
  if (text) return text
  throw fail('env' in place ? `the variable ${place.env} is not set` : `${place.file} is empty`)
}

/** Editors end files with a line break. */
const secretFile = async (file: string, fail: (problem: string) => AppError): Promise<string> =>
  (await readBounded(file, LIMITS.configSecretBytes, fail)).text.trim()
