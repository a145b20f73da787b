/** Owns the methods about settings: what holds in a folder and where it comes from, and changing those of the home. */
import { resolve } from 'node:path'
import { AppError } from '@towline/protocol'
import { z } from 'zod'
import { effective, keyPathOf, type Layer } from '../config/layers.ts'
import { isTable, leavesOf } from '../config/merge.ts'
import type { HomeConfig, Written } from '../config/open-config-source.ts'
import type { Table } from '../config/toml-file.ts'
import { RpcError } from '../rpc/rpc-error.ts'
import { method, type MethodTable } from '../server/method.ts'

export interface ConfigServices {
  readonly config: HomeConfig
  /** The folder of a request that names none. */
  readonly cwd: string
  /** After the settings of the home were changed. */
  readonly configChanged?: (() => void | Promise<void>) | undefined
}

const READ = z.object({ includeLayers: z.boolean().optional(), cwd: z.string().nullish() })
const EDIT = { keyPath: z.string(), value: z.json(), mergeStrategy: z.enum(['replace', 'upsert']) }
const TARGET = { filePath: z.string().nullish(), expectedVersion: z.string().nullish() }
const WRITE = z.object({ ...EDIT, ...TARGET })
const BATCH = z.object({
  edits: z.array(z.object(EDIT)).max(1024),
  ...TARGET,
  reloadUserConfig: z.boolean().optional(),
})

type Edit = Pick<z.infer<typeof WRITE>, 'keyPath' | 'value' | 'mergeStrategy'>
type Target = Pick<z.infer<typeof WRITE>, 'filePath' | 'expectedVersion'>

/** Writes follow each other. */
const lane = (): string => 'config'

export const CONFIG_METHODS: MethodTable<ConfigServices> = {
  'config/read': method<ConfigServices, z.infer<typeof READ>>({
    params: READ,
    run: async ({ config, cwd: own }, { includeLayers = false, cwd }) => {
      const layers = await config.layers(resolve(own, cwd ?? '.'))
      return {
        config: hidden(effective(layers)),
        origins: originsOf(layers.all),
        layers: includeLayers ? layers.all.toReversed().map(shown) : null,
      }
    },
  }),
  'config/value/write': method<ConfigServices, z.infer<typeof WRITE>>({
    params: WRITE,
    lane,
    run: (services, params) => write(services, [params], params),
  }),
  'config/batchWrite': method<ConfigServices, z.infer<typeof BATCH>>({
    params: BATCH,
    lane,
    run: (services, params) => write(services, params.edits, params),
  }),
  // Nobody above this home decides here.
  'configRequirements/read': method<ConfigServices, unknown>({
    params: z.unknown(),
    run: () => ({ requirements: null }),
  }),
}

const write = async ({ config, configChanged }: ConfigServices, edits: readonly Edit[], target: Target) => {
  const { filePath, expectedVersion } = target
  if (filePath != null && resolve(filePath) !== config.file)
    throw refused('configLayerReadonly', 'Only writes to the user config are allowed')
  const written = await attempt(() => config.write(edits.map(editOf), expectedVersion ?? undefined))
  await configChanged?.()
  return { status: 'ok', version: written.version, filePath: written.file, overriddenMetadata: null }
}

const editOf = ({ keyPath, value, mergeStrategy }: Edit) => {
  if (keyPath.trim() === '') throw refused('configValidationError', 'keyPath must not be empty')
  if (holdsHidden(value)) throw refused('configValidationError', `${HIDDEN} stands for a secret, and is none`)
  return { path: keyPathOf(keyPath), value: withoutNulls(value) ?? undefined, upsert: mergeStrategy === 'upsert' }
}

/** TOML has no null: a setting is there, or is not. */
const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.filter((one) => one !== null).map(withoutNulls)
  if (!isTable(value)) return value
  const kept = Object.entries(value).filter(([, one]) => one !== null)
  return Object.fromEntries(kept.map(([key, one]) => [key, withoutNulls(one)]))
}

/** In the words that clients know. */
const attempt = async (work: () => Promise<Written>): Promise<Written> => {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    if (error.code === 'CONFIG_CHANGED')
      throw refused(
        'configVersionConflict',
        'Configuration was modified since last read. Fetch latest version and retry.',
      )
    if (error.code !== 'CONFIG_INVALID') throw error
    throw refused('configValidationError', `Invalid configuration: ${error.message}`)
  }
}

const refused = (code: string, message: string): RpcError =>
  new RpcError('invalidRequest', message, { config_write_error_code: code })

const shown = ({ name, version, data, disabledReason }: Layer): object => ({
  ...{ name, version, disabledReason },
  config: hidden(data),
})

/** Where each value that holds comes from. */
const originsOf = (layers: readonly Layer[]): Readonly<Record<string, object>> =>
  Object.fromEntries(
    layers
      .filter(({ disabledReason }) => disabledReason === null)
      .flatMap(({ name, version, data }) => leavesOf(data).map((path) => [path.join('.'), { name, version }])),
  )

const HIDDEN = '***'
/** Tables of values that may be secrets, and values that are, by their table of servers or providers. */
const SECRET: Readonly<Record<string, readonly string[]>> = {
  mcp_servers: ['env', 'http_headers'],
  model_providers: ['http_headers', 'query_params', 'experimental_bearer_token'],
}
/** Variables of commands: any may be one. */
const VARIABLES = 'shell_environment_policy.set.'

const isSecret = (path: readonly string[]): boolean => {
  const [table = '', , key = ''] = path
  return (
    `${path.join('.')}.`.startsWith(VARIABLES) ||
    (Object.hasOwn(SECRET, table) && SECRET[table]?.includes(key) === true)
  )
}

const hidden = (table: Table, path: readonly string[] = []): Table =>
  Object.fromEntries(
    Object.entries(table).map(([key, value]) => {
      const at = [...path, key]
      if (isTable(value)) return [key, hidden(value, at)]
      return [key, isSecret(at) ? HIDDEN : value]
    }),
  )

const holdsHidden = (value: unknown): boolean =>
  value === HIDDEN || (typeof value === 'object' && value !== null && Object.values(value).some(holdsHidden))
