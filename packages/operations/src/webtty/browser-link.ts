/** Owns a link that opens a machine's terminal in a browser for a short time. */
import { AppError, formatTow, TOKEN_PARAMETER } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import { mintToken } from '../inventory/mint-token.ts'
import { listWebtty } from './list-webtty.ts'
import { securityFor, type Trust } from './trust.ts'
import { nameIn, parseWebttyUrl } from './webtty-url.ts'

export interface BrowserLinkRequest {
  readonly connection: Connection
  /** As {@link parseWebttyUrl} reads it. */
  readonly url: string
  /** How long the link lets in. */
  readonly seconds: number
  readonly trust: Trust
  readonly signal: AbortSignal
}

export interface BrowserLink {
  /** Holds a credential that reaches this machine only; whoever has it gets in. */
  readonly url: string
  /** Integer seconds. */
  readonly expiresAt: number
}

/**
 * Rejects with BROWSER_ENCRYPTED, whatever an inventory says, when the server is pinned; NOT_FOUND, BROWSER_ENDPOINT_MISSING,
 * FORBIDDEN (the credential may not mint others).
 */
export const browserLink = async (request: BrowserLinkRequest): Promise<BrowserLink> => {
  const { connection, url, seconds, signal, trust } = request
  const target = parseWebttyUrl(url)
  const meant = target.kind === 'tow' ? target.name : target.kind === 'web' ? nameIn(target.url) : ''
  if (await securityFor(trust, meant)) throw new AppError('BROWSER_ENCRYPTED', { name: meant })
  const machines = await listWebtty(connection, { signal })
  const machine = machines.find(({ name, public_url, tunnel_id }) =>
    target.kind === 'tow'
      ? [name, tunnel_id].includes(target.name)
      : target.kind === 'web' && public_url === target.url.origin,
  )
  if (!machine)
    throw new AppError('NOT_FOUND', { what: 'machine', id: target.kind === 'tow' ? formatTow(target.name) : url })
  const { name, public_url, exec_path, e2e } = machine
  if (await securityFor(trust, name)) throw new AppError('BROWSER_ENCRYPTED', { name })
  if (e2e) throw new AppError('BROWSER_ENCRYPTED', { name })
  if (public_url === null) throw new AppError('BROWSER_ENDPOINT_MISSING', { name })
  const { token, expiresAt } = await mintToken(connection, {
    permissions: ['tunnels.connect'],
    ttlSeconds: seconds,
    resources: { tunnels: { connect: { name } } },
  })
  return { url: `${public_url}${exec_path}?${TOKEN_PARAMETER}=${encodeURIComponent(token)}`, expiresAt }
}
