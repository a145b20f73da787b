/** Owns lists that are told a part at a time: a cursor is how many came before. */
import { z } from 'zod'
import { RpcError } from '../rpc/rpc-error.ts'

export const PAGE = { cursor: z.string().max(64).nullish(), limit: z.int().positive().nullish() }

export interface PageParams {
  readonly cursor?: string | null | undefined
  readonly limit?: number | null | undefined
}

/** Throws RpcError. */
export const pageOf = <Item>(items: readonly Item[], { cursor, limit }: PageParams) => {
  const from = Number(cursor ?? 0)
  if (!Number.isSafeInteger(from) || from < 0) throw new RpcError('invalidRequest', `invalid cursor: ${String(cursor)}`)
  const to = from + (limit ?? items.length)
  return { data: items.slice(from, to), nextCursor: to < items.length ? String(to) : null }
}
