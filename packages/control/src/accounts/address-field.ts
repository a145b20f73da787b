/** Owns the name of a header field: the caller's address, set by our own handler over whatever the caller sent. */
export const ADDRESS_FIELD = 'x-towline-address'
