/** Owns finding the one proof of identity a request may carry: a Bearer credential or the towline.token parameter. */
import { AppError, TOKEN_PARAMETER } from '@towline/protocol'
import type { Facts } from './facts.ts'

/** A proof, and where it is, so that the upstream never sees it. */
export interface Proof {
  readonly token: string
  /** Part of the query to drop, separator included; absent when the proof is the Authorization field. */
  readonly cut?: { readonly from: number; readonly to: number }
}

/** The proof, or undefined when there is none. Throws PROOF_DUPLICATE for more than one, wherever they are. */
export const findProof = (facts: Facts): Proof | undefined => {
  const authorization = facts.header?.('authorization')
  const query = facts.query ?? ''
  if (typeof authorization === 'object') throw new AppError('PROOF_DUPLICATE')
  const bearer = authorization === undefined ? undefined : bearerOf(authorization)
  const parameter = query === '' ? undefined : findParameter(query)
  if (bearer !== undefined && parameter) throw new AppError('PROOF_DUPLICATE')
  return bearer === undefined ? parameter : { token: bearer }
}

const bearerOf = (authorization: string): string | undefined =>
  /^bearer(?: |$)/i.test(authorization) ? authorization.slice(7).trim() : undefined

/** Names count decoded: an upstream would read "towline%2Etoken" as the same parameter. */
const findParameter = (query: string): Proof | undefined => {
  let found: Proof | undefined
  let from = 0
  for (const part of query.split('&')) {
    const equals = part.indexOf('=')
    const name = equals < 0 ? part : part.slice(0, equals)
    if (decoded(name) === TOKEN_PARAMETER) {
      if (found) throw new AppError('PROOF_DUPLICATE')
      found = {
        token: equals < 0 ? '' : decoded(part.slice(equals + 1)),
        cut: cutOf(query, from, part.length),
      }
    }
    from += part.length + 1
  }
  return found
}

/** The parameter with the "&" after it, or before it when it is the last. */
const cutOf = (query: string, from: number, length: number): { from: number; to: number } => {
  const to = from + length
  return to < query.length ? { from, to: to + 1 } : { from: Math.max(0, from - 1), to }
}

const decoded = (text: string): string => {
  if (!/[%+]/.test(text)) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
