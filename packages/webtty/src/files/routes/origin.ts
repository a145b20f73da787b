/** Owns turning away requests that pages of other sites make: a browser may send its credential along unasked. */
import type { IncomingHttpHeaders } from 'node:http'
import { AppError } from '@towline/protocol'

/** Fetch metadata of a request that the page itself or the person made. */
const OWN = new Set([undefined, 'same-origin', 'none'])

/** Throws ORIGIN_REFUSED. Programs send neither field. */
export const demandOwnOrigin = (headers: IncomingHttpHeaders): void => {
  const { origin, host } = headers
  const isOwn =
    OWN.has(headers['sec-fetch-site'] as string | undefined) && (origin === undefined || hostOf(origin) === host)
  if (!isOwn) throw new AppError('ORIGIN_REFUSED')
}

const hostOf = (origin: string): string | undefined => (URL.canParse(origin) ? new URL(origin).host : undefined)
