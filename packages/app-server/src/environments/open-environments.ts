/** Owns all environments that turns may work on: this machine, those of environments.toml, and those that clients add. */
import { Secret } from '@towline/base'
import { AppError, LIMITS } from '@towline/protocol'
import type { ExecServer } from '../exec-server/exec-server.ts'
import { memoryWires } from '../rpc/memory-wires.ts'
import { RpcError } from '../rpc/rpc-error.ts'
import type { Wire } from '../rpc/wire.ts'
import type { Environment, Environments, EnvironmentStatus } from './environment.ts'
import { checkEnvironmentId, checkUrl, type EnvironmentAddress } from './environment-address.ts'
import type { ConfiguredEnvironments } from './environments-toml.ts'
import { type ExecClient, openExecClient } from './exec-client.ts'
import { execEnvironment } from './exec-environment.ts'

/** A fresh wire to the exec-server there. Rejects with why it was not reached. */
export type DialEnvironment = (address: EnvironmentAddress, signal: AbortSignal) => Promise<Wire>

export interface EnvironmentsOptions {
  /** Of this process; closed by who opened it. */
  readonly local: Pick<ExecServer, 'serve'>
  readonly configured: ConfiguredEnvironments
  readonly dial: DialEnvironment
}

export interface AddedEnvironment {
  readonly execServerUrl: string
  readonly authBearerToken?: string | undefined
  readonly requestId?: string | undefined
  readonly connectMs?: number | undefined
}

export interface OpenEnvironments extends Environments {
  add(id: string, connection: AddedEnvironment): void
  /** Hears of every environment that is connected to, and every one that is lost, until what it answers is called. */
  watch(heard: (id: string, isConnected: boolean) => void): () => void
}

export const openEnvironments = (options: EnvironmentsOptions): OpenEnvironments => new All(options)

const LOCAL = 'local'

interface One {
  readonly environment: Environment
  readonly client: ExecClient
}

class All implements OpenEnvironments {
  readonly defaultId: string | undefined
  readonly #dial: DialEnvironment
  readonly #all = new Map<string, One>()
  readonly #watching = new Set<(id: string, isConnected: boolean) => void>()

  constructor({ local, configured, dial }: EnvironmentsOptions) {
    this.#dial = dial
    this.defaultId = configured.defaultId
    if (configured.includeLocal) this.#put(LOCAL, openExecClient({ connect: () => Promise.resolve(wireTo(local)) }))
    for (const { id, address, connectMs, initializeMs } of configured.environments)
      this.#put(id, this.#client(id, address, { connectMs, initializeMs }))
  }

  get ids(): readonly string[] {
    return [...this.#all.keys()]
  }

  get(id: string): Environment {
    const found = this.#all.get(id)
    if (found) return found.environment
    throw new RpcError('invalidRequest', `unknown turn environment id \`${id}\``)
  }

  status(id: string): { readonly status: EnvironmentStatus; readonly error?: string } {
    const found = this.#all.get(id)
    if (!found) return { status: 'unknown', error: `unknown environment id \`${id}\`` }
    // This machine needs no connection.
    return id === LOCAL ? { status: 'ready' } : found.client.status
  }

  add(id: string, { execServerUrl: url, authBearerToken, requestId, connectMs }: AddedEnvironment): void {
    checkEnvironmentId(id)
    const bearer = authBearerToken === undefined ? undefined : new Secret(authBearerToken)
    const address = { kind: 'url', url, bearer, requestId } as const
    checkUrl(address)
    const before = this.#all.get(id)
    const most = LIMITS.environments
    if (!before && this.#all.size >= most) throw new AppError('LIMIT_REACHED', { limit: 'environments', value: most })
    this.#put(id, this.#client(id, address, { connectMs }))
    // What runs there in the old one ends with it.
    void before?.client.close()
  }

  watch(heard: (id: string, isConnected: boolean) => void): () => void {
    this.#watching.add(heard)
    return () => void this.#watching.delete(heard)
  }

  async close(): Promise<void> {
    this.#watching.clear()
    await Promise.all([...this.#all.values()].map(({ client }) => client.close()))
  }

  #put(id: string, client: ExecClient): void {
    this.#all.set(id, { client, environment: execEnvironment(id, client) })
  }

  #client(
    id: string,
    address: EnvironmentAddress,
    ms: { readonly connectMs?: number | undefined; readonly initializeMs?: number | undefined },
  ): ExecClient {
    return openExecClient({
      ...ms,
      connect: (signal) => this.#dial(address, signal),
      changed: (isConnected) => {
        for (const heard of this.#watching) heard(id, isConnected)
      },
    })
  }
}

const wireTo = (server: Pick<ExecServer, 'serve'>): Wire => {
  const [near, far] = memoryWires()
  server.serve(far)
  return near
}
