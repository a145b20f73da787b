/** Owns a link that opens a machine's terminal in a browser for a short time. */
import { AppError, formatTow, TOKEN_PARAMETER } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import { mintToken } from '../inventory/mint-token.ts'
import { listWebtty } from './list-webtty.ts'
import { parseWebttyUrl } from './webtty-url.ts'

export interface BrowserLinkRequest {
  readonly connection: Connection
  /** As {@link parseWebttyUrl} reads it. */
  readonly url: string
  /** How long the link lets in. */
  readonly seconds: number
  readonly signal: AbortSignal
}

export interface BrowserLink {
  /** Holds a credential that reaches this machine only; whoever has it gets in. */
  readonly url: string
  /** Integer seconds. */
  readonly expiresAt: number
}

/** Rejects with NOT_FOUND, BROWSER_ENDPOINT_MISSING, FORBIDDEN (the credential may not mint others). */
export const browserLink = async ({ connection, url, seconds, signal }: BrowserLinkRequest): Promise<BrowserLink> => {
  const target = parseWebttyUrl(url)
  const machines = await listWebtty(connection, { signal })
  const machine = machines.find(({ name, public_url, tunnel_id }) =>
    target.kind === 'tow'
      ? [name, tunnel_id].includes(target.name)
      : target.kind === 'web' && public_url === target.url.origin,
  )
  if (!machine)
    throw new AppError('NOT_FOUND', { what: 'machine', id: target.kind === 'tow' ? formatTow(target.name) : url })
  const { name, public_url, exec_path, e2e } = machine
  if (public_url === null || e2e) throw new AppError('BROWSER_ENDPOINT_MISSING', { name })
  const { token, expiresAt } = await mintToken(connection, {
    permissions: ['tunnels.connect'],
    ttlSeconds: seconds,
    resources: { tunnels: { connect: { name } } },
  })
  return { url: `${public_url}${exec_path}?${TOKEN_PARAMETER}=${encodeURIComponent(token)}`, expiresAt }
}
