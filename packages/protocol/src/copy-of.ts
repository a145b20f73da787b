/** Owns copying bytes that are only lent. */

/** A copy of its own. `slice` is none where the bytes are a Node Buffer: there it is a view of the same memory. */
export const copyOf = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)
