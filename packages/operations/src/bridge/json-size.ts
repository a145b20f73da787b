/** Owns measuring values by what they cost as JSON. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** Bytes of its JSON in UTF-8; of a shallow value, see depth.ts. */
export const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '')
