/** Owns listing the machines of a project that serve WebTTY. */
import { formatTow, type Labels, ownLabels, readFacts, type Tunnel } from '@towline/protocol'
import type { ListOptions } from '@towline/sdk'
import type { Connection } from '../context/connection.ts'
import { listTunnels } from '../inventory/list-tunnels.ts'

/** One machine, as `towline webtty list -o json` prints it. Nothing of it is proven: end-to-end encryption pins keys instead. */
export interface WebttyMachine {
  readonly name: string
  /** What `--url` takes. */
  readonly url: string
  readonly status: Tunnel['status']
  /** Of the browser endpoint; null when nothing is published. */
  readonly public_url: string | null
  readonly exec_path: string
  readonly fs_path: string | null
  readonly fs_mode: string | null
  readonly capabilities: readonly string[]
  readonly e2e: boolean
  readonly os: string | null
  readonly arch: string | null
  readonly hostname: string | null
  /** Of people. */
  readonly labels: Labels
  readonly tunnel_id: string
}

/** Oldest first. Rejects with FILTER_INVALID, or with why the server does not answer. */
export const listWebtty = async (
  connection: Connection,
  options: ListOptions = {},
): Promise<readonly WebttyMachine[]> => {
  const tunnels = await listTunnels(connection, options)
  return tunnels.map(machineOf).filter((machine) => machine !== undefined)
}

/** A credential may see only some fields of tunnels; one without name or labels cannot be used here. */
const machineOf = (tunnel: Partial<Tunnel>): WebttyMachine | undefined => {
  const { name, surface, labels, kind, url, status = 'online', id = '' } = tunnel
  const facts = readFacts(labels ?? {})
  if (name === undefined || surface !== 'webtty' || !labels || !facts) return undefined
  return {
    name,
    url: formatTow(name),
    status,
    public_url: kind === 'http' && url !== undefined ? url : null,
    exec_path: facts.execPath,
    fs_path: facts.fsPath ?? null,
    fs_mode: facts.fsMode ?? null,
    capabilities: facts.capabilities,
    e2e: facts.e2e,
    os: facts.os ?? null,
    arch: facts.arch ?? null,
    hostname: facts.hostname ?? null,
    labels: ownLabels(labels),
    tunnel_id: id,
  }
}
