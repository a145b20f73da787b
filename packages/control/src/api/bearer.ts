/** Owns reading the one proof of identity that counts: the Authorization field. Never cookies, never the query. */
import { AppError } from '@towline/protocol'

/** The token of a request. Throws UNAUTHENTICATED, or PROOF_DUPLICATE for more than one. */
export const bearerOf = ({ headers, url }: Request): string => {
  if (new URL(url).searchParams.has('towline.token')) throw new AppError('QUERY_TOKEN_REFUSED')
  // Fields that came twice are joined by a comma, which no token holds.
  const field = headers.get('authorization')?.trim() ?? ''
  if (field.includes(',')) throw new AppError('PROOF_DUPLICATE')
  const token = /^bearer +(\S+)$/i.exec(field)?.[1]
  if (token === undefined) throw new AppError('UNAUTHENTICATED')
  return token
}
