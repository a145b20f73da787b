/** Owns the engine's question to the one decision about rights: may this credential do this to that tunnel or client. */
import {
  type AppError,
  type Boundary,
  compileBoundary,
  type CompiledBoundary,
  decide,
  type Decision,
  type Layer,
  LIMITS,
  printBoundary,
  type Principal,
  refusalOf,
  type Rule,
  type TunnelFacts,
} from '@towline/protocol'
import { compileBoundaryRegex } from './boundary-regex.ts'

const requires = (resource: string, action: string): { readonly rules: readonly Rule[] } => ({
  rules: [{ resource, action }],
})

/** What the engine lets credentials do, and what each requires. */
const OPERATIONS = {
  createTunnel: requires('engine.tunnels', 'create'),
  connectTunnel: requires('engine.tunnels', 'connect'),
  listTunnel: requires('engine.tunnels', 'list'),
  cutTunnel: requires('engine.tunnels', 'cut'),
  listClient: requires('engine.clients', 'list'),
  cutClient: requires('engine.clients', 'cut'),
} as const

export type EngineOperation = keyof typeof OPERATIONS

/** What it is about. */
export interface Subject {
  readonly tunnel?: TunnelFacts
  /** Of a request, as it came. */
  readonly path?: string | undefined
}

/** A tunnel of another project than the principal's is refused before anything else is looked at. */
export const judge = (principal: Principal, operation: EngineOperation, { tunnel, path }: Subject = {}): Decision => {
  const { workspaceId, projectId } = principal
  const target = { workspaceId, projectId: tunnel?.projectId ?? projectId, tunnel, path }
  return decide({ op: OPERATIONS[operation], actor: principal, target, layers: [layerOf(principal)] })
}

/** What to refuse with, or undefined when it is allowed. */
export const refused = (
  principal: Principal,
  operation: EngineOperation,
  subject: Subject = {},
): AppError | undefined => {
  const decision = judge(principal, operation, subject)
  return decision.allow ? undefined : refusalOf(decision)
}

/** Principals are kept while their token is known, so this is what repeated checks cost. */
const layers = new WeakMap<Principal, Layer>()

const layerOf = (principal: Principal): Layer => {
  const known = layers.get(principal)
  if (known) return known
  const { credentialId, permissions, resources } = principal
  const made = { name: 'credential', permissions, resources: resources ? compiledFor(credentialId, resources) : null }
  layers.set(principal, made)
  return made
}

/** By credential id, so that a token that is verified again is not compiled again. */
const compiled = new Map<string, { readonly text: string; readonly boundary: CompiledBoundary }>()

const compiledFor = (credentialId: string, resources: Boundary): CompiledBoundary => {
  const text = printBoundary(resources)
  const known = compiled.get(credentialId)
  compiled.delete(credentialId)
  const made = known?.text === text ? known : { text, boundary: compile(resources) }
  compiled.set(credentialId, made)
  const [oldest] = compiled.keys()
  if (compiled.size > LIMITS.boundaryCompiled && oldest !== undefined) compiled.delete(oldest)
  return made.boundary
}

/** What cannot be understood lets nobody do anything. */
const compile = (resources: Boundary): CompiledBoundary => {
  try {
    return compileBoundary(resources, compileBoundaryRegex)
  } catch {
    return () => undefined
  }
}
