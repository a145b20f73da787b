/** Owns environments.toml of the home, as Codex writes and reads it; a field that is not known is an error there too. */
import { resolve } from 'node:path'
import { Secret } from '@towline/base'
import { AppError, LIMITS } from '@towline/protocol'
import { z } from 'zod'
import { type ConfigFile, invalidBy, readToml } from '../config/toml-file.ts'
import { RpcError } from '../rpc/rpc-error.ts'
import { checkEnvironmentId, checkUrl, type EnvironmentAddress } from './environment-address.ts'

export interface ConfiguredEnvironments {
  /** Of threads that name none; undefined for none at all. */
  readonly defaultId: string | undefined
  readonly includeLocal: boolean
  readonly environments: readonly {
    readonly id: string
    readonly address: EnvironmentAddress
    readonly connectMs: number | undefined
    readonly initializeMs: number | undefined
  }[]
}

const SECONDS = z.number().positive().max(600).optional()
const SHAPE = z.strictObject({
  default: z.string().optional(),
  include_local: z.boolean().default(true),
  environments: z
    .array(
      z.strictObject({
        id: z.string(),
        url: z.string().optional(),
        program: z.string().optional(),
        args: z.array(z.string()).default([]),
        env: z.record(z.string(), z.string()).default({}),
        cwd: z.string().optional(),
        auth_bearer_token: z.string().optional(),
        skills: z.strictObject({ required: z.array(z.string()).max(0, 'skills are not known here') }).optional(),
        connect_timeout_sec: SECONDS,
        initialize_timeout_sec: SECONDS,
      }),
    )
    .max(LIMITS.environments)
    .default([]),
})

type Row = z.infer<typeof SHAPE>['environments'][number]

/** Only this machine, where there is no file. Rejects with CONFIG_INVALID. */
export const readEnvironments = async (home: string): Promise<ConfiguredEnvironments> => {
  const file = await readToml(resolve(home, 'environments.toml'))
  const { success, data, error } = SHAPE.safeParse(file.data)
  if (!success) throw invalidBy(file.path, error)
  const { default: chosen, include_local: includeLocal, environments } = data
  const ids = [...(includeLocal ? ['local'] : []), ...environments.map(({ id }) => id)]
  const twice = ids.find((id, at) => ids.indexOf(id) !== at)
  if (twice !== undefined) throw invalid(file, 'environments', `"${twice}" is there twice.`)
  if (chosen !== undefined && chosen !== 'none' && !ids.includes(chosen))
    throw invalid(file, 'default', `there is no environment "${chosen}".`)
  return {
    defaultId: chosen === 'none' ? undefined : (chosen ?? ids[0]),
    includeLocal,
    environments: environments.map((row, at) => ({
      id: row.id,
      address: within(file, `environments[${at}]`, () => addressOf(row, home)),
      connectMs: milliseconds(row.connect_timeout_sec),
      initializeMs: milliseconds(row.initialize_timeout_sec),
    })),
  }
}

const milliseconds = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : seconds * 1000

/** Throws RpcError. */
const addressOf = ({ id, url, program, args, env, cwd, auth_bearer_token: token }: Row, home: string) => {
  checkEnvironmentId(id)
  if ((url === undefined) === (program === undefined))
    throw new RpcError('invalidRequest', 'it needs either a url or a program.')
  if (program !== undefined) return { kind: 'program', program, args, env, cwd: resolve(home, cwd ?? '.') } as const
  const address = {
    kind: 'url',
    url: url as string,
    bearer: token === undefined ? undefined : new Secret(token),
  } as const
  checkUrl(address)
  return address
}

const within = <Value>(file: ConfigFile, key: string, read: () => Value): Value => {
  try {
    return read()
  } catch (error) {
    if (error instanceof RpcError) throw invalid(file, key, error.message)
    throw error
  }
}

const invalid = ({ path: file }: ConfigFile, key: string, problem: string): AppError =>
  new AppError('CONFIG_INVALID', { file, key, problem })
