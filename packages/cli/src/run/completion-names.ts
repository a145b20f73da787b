/** Owns the names that completion offers, asked of the server within a short deadline. */
import { listClients, listContexts, listSshHosts, listTunnels, resolveConnection } from '@towline/operations'
import { LIMITS, printable } from '@towline/protocol'
import type { Io } from '../io.ts'

export type NameKind = 'private' | 'tunnel' | 'client' | 'context' | 'ssh'

type Named = readonly (readonly [name: string, description: string])[]

const asked = async (io: Io) => ({
  connection: await resolveConnection(io.env),
  options: { signal: AbortSignal.any([io.signal, AbortSignal.timeout(LIMITS.cliCompletionMs)]) },
})

const tunnels = async (io: Io, filter?: string): Promise<Named> => {
  const { connection, options } = await asked(io)
  const found = await listTunnels(connection, { ...options, filter })
  return found.map(({ name, url }) => [name, url])
}

const SOURCES: Readonly<Record<NameKind, (io: Io) => Promise<Named>>> = {
  private: (io) => tunnels(io, 'kind=private'),
  tunnel: (io) => tunnels(io),
  client: async (io) => {
    const { connection, options } = await asked(io)
    return (await listClients(connection, options)).map(({ id, agent }) => [id, agent])
  },
  context: async (io) => (await listContexts(io.env)).map(({ name, url }) => [name, url]),
  ssh: async () => (await listSshHosts()).map(({ host, hostName = '' }) => [host, hostName]),
}

/** Names and what they are; none when the server does not answer in time or refuses. */
export const knownNames = async (io: Io, kind: NameKind): Promise<Named> => {
  const names = await SOURCES[kind](io).catch(() => [])
  return names.map(([name, description]) => [printable(name), printable(description)])
}
