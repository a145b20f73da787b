/** Owns where a caller is told to be: a header field, set by our own handler over whatever the caller sent. */
import type { Context } from 'hono'

export const ADDRESS_FIELD = 'x-towline-address'

export const addressOf = ({ req }: Pick<Context, 'req'>): string => req.header(ADDRESS_FIELD) ?? 'unknown'
