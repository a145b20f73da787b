/** Owns JSON that is safe to look at: same value, with what could move a cursor or turn text written as escapes. */

const UNSAFE = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/** As JSON.stringify, which already escapes U+0000 to U+001F and lone surrogates. */
export const safeJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(
    UNSAFE,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
