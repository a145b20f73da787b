/** Owns refusing what a project would not let open, before anything is made: with the closest that it does let open. */
import {
  AppError,
  type Kind,
  KINDS,
  type PolicyTarget,
  type ProjectPolicy,
  refusedByPolicy,
  type Tunnel,
  validateName,
} from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import { listTunnels } from '../inventory/list-tunnels.ts'
import { callApi } from '../login/call-api.ts'
import { type Identity, whoAmI } from '../login/who-am-i.ts'
import type { ExposeSpec } from './sensitive-expose.ts'

export interface PrecheckOptions {
  readonly signal?: AbortSignal | undefined
  /** Whether our own credential opens it; a machine that is asked to has rights and names of its own. */
  readonly byUs?: boolean
  /** Ids of tunnels that may have the name and be opened anew: the newest opener of a name pushes out the one before, unseen. */
  readonly own?: ReadonlySet<string>
}

/**
 * Resolves when nothing that can be asked speaks against it; the engine decides in the end. Rejects with NAME_INVALID,
 * NAME_RESERVED, FORBIDDEN, POLICY_REFUSED, NAME_TAKEN, OPTION_INVALID, or with why the server does not answer.
 */
export const precheckExpose = async (
  connection: Connection,
  spec: ExposeSpec,
  { signal, byUs = true, own }: PrecheckOptions = {},
): Promise<void> => {
  if (spec.name !== undefined) validateName(spec.name)
  const who = await whoAmI(connection, signal)
  if (byUs && !who.permissions.includes('tunnels.create'))
    throw new AppError('FORBIDDEN', { permission: 'tunnels.create' })
  const policy = await policyOf(connection, who, signal)
  const target = targetOf(spec)
  const problem = refusedByPolicy(policy, target)
  if (problem !== undefined) throw new AppError('POLICY_REFUSED', { problem: `${problem}; ${closest(policy, target)}` })
  if (byUs && spec.name !== undefined) await checkName(connection, spec.name, { who, own, signal })
}

const targetOf = ({ kind, name, port, tokenAuth = false }: ExposeSpec): PolicyTarget => ({
  ...{ kind, tokenAuth },
  ...(name !== undefined && { name }),
  ...(port !== undefined && { port }),
})

/** Who may not read the settings cannot be told before what they hold. */
const policyOf = async (connection: Connection, who: Identity, signal?: AbortSignal): Promise<ProjectPolicy> => {
  const project = who.project?.id ?? connection.project
  if (project === undefined || !who.permissions.includes('settings.read')) return {}
  const path = `/api/projects/${encodeURIComponent(project)}/settings`
  const { settings } = (await callApi(connection, path, signal)) as { readonly settings: Nullable<ProjectPolicy> }
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null))
}

type Nullable<T> = { readonly [Key in keyof T]: T[Key] | null }

interface Naming {
  readonly who: Identity
  readonly own: ReadonlySet<string> | undefined
  readonly signal?: AbortSignal | undefined
}

/** A login is told apart from those that hold names; what stems from a project's token shares its names with it. */
const checkName = async (connection: Connection, name: string, { who, own, signal }: Naming): Promise<void> => {
  if ((who.kind !== 'login' && !own) || !who.permissions.includes('tunnels.list')) return
  const tunnels: readonly Partial<Tunnel>[] = await listTunnels(connection, { filter: `name=${name}`, signal })
  const others = tunnels.filter(({ owner }) => owner !== undefined && owner !== who.credentialId)
  if (who.kind === 'login' && others.length > 0) throw new AppError('NAME_TAKEN', { name })
  if (!own || tunnels.every(({ id = '' }) => own.has(id))) return
  const problem = 'a tunnel of that name is there already, and would be pushed out'
  throw new AppError('OPTION_INVALID', { option: 'name', value: name, problem })
}

/** Changes of what was asked for, from the smallest on. */
const closest = (policy: ProjectPolicy, spec: PolicyTarget): string => {
  const { allowedNames = [], allowedPorts = [], allowedKinds = KINDS } = policy
  const name = allowedNames.find((one) => !one.endsWith('*')) ?? allowedNames[0]?.replace('*', 'x') ?? spec.name
  const port = allowedPorts[0]?.from ?? spec.port
  const kinds = [spec.kind, ...KINDS.filter((kind) => kind !== spec.kind && allowedKinds.includes(kind))]
  for (const kind of kinds)
    for (const change of changesOf(kind, { name, port, spec }))
      if (refusedByPolicy(policy, change) === undefined) return `this would be let through: ${inWords(change, spec)}`
  return 'nothing like it would be let through'
}

type Wanted = { readonly name: string | undefined; readonly port: number | undefined; readonly spec: PolicyTarget }

const changesOf = (kind: Kind, { name, port, spec }: Wanted): readonly PolicyTarget[] => {
  const own = { ...spec, kind }
  const named = name === undefined ? own : { ...own, name }
  const token = kind === 'http' ? { tokenAuth: true } : {}
  const ported = kind === 'tcp' && port !== undefined ? { port } : {}
  return [own, { ...own, ...token }, named, { ...named, ...token }, { ...named, ...token, ...ported }]
}

const inWords = (change: PolicyTarget, spec: PolicyTarget): string =>
  [
    `kind ${change.kind}`,
    ...(change.tokenAuth === true && spec.tokenAuth !== true ? ['with token auth'] : []),
    ...(change.name !== undefined && change.name !== spec.name ? [`named "${change.name}"`] : []),
    ...(change.port !== undefined && change.port !== spec.port ? [`on port ${change.port}`] : []),
  ].join(' ')
