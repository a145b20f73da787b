/** Owns what a project's settings say about its tunnels, and whether a tunnel keeps to it. */
import { type Kind, KINDS, type TunnelSpec } from './tunnel.ts'

export const PUBLIC_ACCESS = ['allowed', 'auth-required', 'forbidden'] as const

/** Absent parts do not restrict. */
export interface ProjectPolicy {
  /** Of tunnels that anything public leads to: allowed, only those that ask visitors for a token, or none. */
  readonly publicAccess?: (typeof PUBLIC_ACCESS)[number]
  /** Names; `*` at the end stands for any rest. */
  readonly allowedNames?: readonly string[]
  /** Public ports of TCP tunnels, inclusive. */
  readonly allowedPorts?: readonly { readonly from: number; readonly to: number }[]
  readonly allowedKinds?: readonly Kind[]
}

/** What a tunnel that opens is. */
export type PolicyTarget = Pick<TunnelSpec, 'kind' | 'name' | 'port' | 'tokenAuth'>

/** In words, why a policy keeps a tunnel out; undefined when it does not. A port that the engine is to choose is in no range. */
export const refusedByPolicy = (
  policy: ProjectPolicy,
  { kind, name, port = 0, tokenAuth }: PolicyTarget,
): string | undefined => {
  const { publicAccess = 'allowed', allowedKinds = KINDS, allowedNames, allowedPorts } = policy
  const published = kind !== 'private'
  if (!allowedKinds.includes(kind)) return `tunnels of kind ${kind} are not allowed`
  if (published && publicAccess === 'forbidden') return 'nothing may be published'
  if (published && publicAccess === 'auth-required' && tokenAuth !== true)
    return 'what is published has to ask for a token'
  if (allowedNames && (name === undefined || !allowedNames.some((one) => matches(one, name)))) {
    return `names have to be one of ${allowedNames.join(', ')}`
  }
  if (kind === 'tcp' && allowedPorts && !allowedPorts.some(({ from, to }) => port >= from && port <= to)) {
    return `public ports have to be in ${allowedPorts.map(({ from, to }) => `${from}-${to}`).join(', ')}`
  }
  return undefined
}

const matches = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
