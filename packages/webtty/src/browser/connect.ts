/** Owns the way from the page to its machine: a WebSocket to where the page came from, and why there is none. */
import { AppError, TOKEN_PARAMETER, WEBTTY_PROTOCOL } from '@towline/protocol'
import type { Carrier } from '../carrier/carrier.ts'
import { openDomCarrier } from '../carrier/dom-socket-carrier.ts'

/** Rejects with what the edge or the server says to the same token: browsers do not tell why a WebSocket failed. */
export const connectPage = async (token: string, signal: AbortSignal): Promise<Carrier> => {
  const url = addressWith(token)
  const socket = new WebSocket(url.href.replace(/^http/, 'ws'), WEBTTY_PROTOCOL)
  try {
    return await openDomCarrier(socket, signal)
  } catch (error) {
    throw (await refusalOf(url, signal)) ?? error
  }
}

const addressWith = (token: string): URL => {
  const url = new URL(location.pathname, location.href)
  url.searchParams.set(TOKEN_PARAMETER, token)
  return url
}

/** Undefined when nothing answers, or the page would be shown again. */
const refusalOf = async (url: URL, signal: AbortSignal): Promise<AppError | undefined> => {
  try {
    const answer = await fetch(url, { headers: { accept: 'application/json' }, cache: 'no-store', signal })
    if (answer.ok) {
      await answer.body?.cancel()
      return undefined
    }
    return refusalIn(answer.status, await answer.json())
  } catch {
    return undefined
  }
}

/** The edge wraps its error, a server does not. */
const refusalIn = (status: number, body: unknown): AppError | undefined => {
  const error = (body as { readonly error?: unknown } | null)?.error ?? body
  const said = AppError.from(error)
  if (said.code !== 'PROTOCOL_ERROR') return said
  return status === 401 ? new AppError('UNAUTHENTICATED') : undefined
}
