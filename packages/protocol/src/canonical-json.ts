/** Owns JSON that is the same text for the same value, whatever the order of its keys. */

export const canonicalJson = (value: unknown): string => JSON.stringify(value, sorted) ?? 'null'

const sorted = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value
