/** Owns blotting secrets out of what is shown: as they are, and in the forms that text of tools takes. */

const SHOWN = '***'

export interface Mask {
  add(secret: string): void
  /** The same value, of JSON, with the secrets in its texts blotted out. */
  apply<T>(value: T): T
}

/** Remembers at most `most` secrets; the one that was added first is forgotten. */
export const masker = (most: number): Mask => {
  const forms = new Map<string, readonly string[]>()
  const text = (value: string): string => {
    let masked = value
    for (const each of forms.values()) for (const form of each) masked = masked.replaceAll(form, SHOWN)
    return masked
  }
  const apply = (value: unknown): unknown => {
    if (typeof value === 'string') return text(value)
    if (Array.isArray(value)) return value.map(apply)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, apply(part)]))
  }
  return {
    add: (secret) => {
      forms.delete(secret)
      forms.set(secret, formsOf(secret))
      for (const [oldest] of forms) if (forms.size > most) forms.delete(oldest)
    },
    apply: <T>(value: T): T => (forms.size === 0 ? value : (apply(value) as T)),
  }
}

/** A line of a longer secret is telling enough. */
const LINE_CHARS = 16
/** Shorter pieces of base64 would be found by chance. */
const BASE64_CHARS = 10

/** The longest first, so that no part of one is left beside another. */
const formsOf = (secret: string): readonly string[] => {
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= LINE_CHARS)
  const plain = [secret, ...(lines.length > 1 ? lines : [])]
  const written = plain.flatMap((one) => [one, JSON.stringify(one).slice(1, -1), encodeURIComponent(one)])
  const all = new Set([...written, ...base64Forms(secret)])
  return [...all].sort((a, b) => b.length - a.length)
}

/** The middle of its base64 at each of the three places where it may begin in a longer text. */
const base64Forms = (secret: string): readonly string[] => {
  const bytes = Buffer.from(secret)
  const forms = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    const from = Math.ceil((before * 8) / 6)
    const to = Math.floor(((before + bytes.length) * 8) / 6)
    return text.slice(from, to)
  })
  return forms.filter((form) => form.length >= BASE64_CHARS)
}
