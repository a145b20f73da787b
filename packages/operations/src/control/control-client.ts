/** Owns asking a server's control API: the connection is closed whatever comes. */
import { ApiClient, type Call } from '@towline/sdk'
import { LIMITS } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'

/** Answers what the API answers. Rejects with its AppError, or with why it is not reached. */
export type Ask = <T>(call: Call) => Promise<T>

export interface Signal {
  readonly signal?: AbortSignal | undefined
}

/** Answers what `work` answers. */
export const withControl = async <T>(
  { url, token, ca, claim }: Connection,
  { signal }: Signal,
  work: (ask: Ask) => Promise<T>,
): Promise<T> => {
  const client = new ApiClient({ url, token, ca, claim })
  try {
    return await work(async <A>(call: Call) => (await client.call({ signal, ...call })) as A)
  } finally {
    client.close()
  }
}

/** All items of all pages of a list. */
export const allOf = async <T>(
  ask: Ask,
  key: string,
  { path, query = {} }: Pick<Call, 'path' | 'query'>,
): Promise<readonly T[]> => {
  const items: T[] = []
  let cursor: string | undefined
  do {
    const paged = { ...query, limit: String(LIMITS.apiPageItems), cursor }
    const page = await ask<Readonly<Record<string, unknown>>>({ method: 'GET', path, query: paged })
    items.push(...((page[key] ?? []) as readonly T[]))
    cursor = page['next'] as string | undefined
  } while (cursor !== undefined)
  return items
}
