/** Owns where a caller is told to be: a header field, set by our own handler over whatever the caller sent. */
export const ADDRESS_FIELD = 'x-towline-address'

/** Empty where nobody told it, such as in a test without a server. */
export const senderOf = ({ headers }: Pick<Request, 'headers'>): string => headers.get(ADDRESS_FIELD) ?? ''
