/** Owns leaving secrets out of what people, logs and records are shown of a call. */

import { createHash } from 'node:crypto'

/**
 * Forms of credentials; what is in front of them stays. None takes in what a shell would run: an agent could hide a command in
 * it from the person who allows it.
 */
const SECRETS: readonly RegExp[] = [
  // Ours.
  /\btow_[0-9A-Za-z]+_[0-9A-Za-z]+/g,
  // JSON Web Tokens, such as access tokens of logins.
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
  /(?<=\b(?:bearer|basic)\s+)[\w.~+/-]{8,}=*/gi,
  // Passwords of URLs, and tokens in their queries.
  /(?<=:\/\/[^\s/:@]{0,128}:)[^\s/@"'`$();|&<>{}\\]{1,512}(?=@)/g,
  /(?<=[?&](?:[\w.-]{0,64}(?:token|secret|password|key))=)[^&\s#"'`$();|<>{}\\]+/gi,
  // Of one line or several, with the head that old forms have; a short last line stays.
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:(?:\s|\\[nr]){1,4}[A-Z][A-Za-z-]{2,20}: [\w,. -]{1,80}){0,4}(?:(?:\s|\\[nr]){1,8}[A-Za-z0-9+/=]{24,})+/g,
  // Of others, by their well-known prefixes.
  /\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|AKIA)[\w-]{8,}/g,
]

/** `text` with `***` in place of what looks like a credential. References such as `secret://name` are names, and stay. */
export const maskedText = (text: string): string => SECRETS.reduce((rest, secret) => rest.replace(secret, '***'), text)

export interface MaskOptions {
  /** Names of arguments that may be long, such as what is written to a file: of those only the ends are shown then. */
  readonly texts?: readonly string[] | undefined
}

/** A copy of arguments that may be shown. */
export const masked = (
  args: Readonly<Record<string, unknown>>,
  { texts = [] }: MaskOptions = {},
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(args).map(([key, value]) => [key, maskedValue(texts.includes(key) ? excerpt(value) : value)]),
  )

/** Characters that are shown of a long text, from its start and its end. */
const START = 1_200
const END = 400

/** Enough for a person to know what it is about, and the whole by its digest. */
const excerpt = (value: unknown): unknown => {
  if (typeof value !== 'string' || value.length <= START + END) return value
  const digest = createHash('sha256').update(value).digest('hex')
  const left = `… ${value.length - START - END} characters are not shown here; SHA-256 of all: ${digest} …`
  return `${value.slice(0, START)}\n${left}\n${value.slice(-END)}`
}

const maskedValue = (value: unknown): unknown => {
  if (typeof value === 'string') return maskedText(value)
  if (Array.isArray(value)) return value.map(maskedValue)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(namedOnce(Object.entries(value)).map(([key, inner]) => [key, maskedValue(inner)]))
}

/** With their keys masked, and none lost because two look the same then. */
const namedOnce = (entries: readonly (readonly [string, unknown])[]): readonly (readonly [string, unknown])[] => {
  const taken = new Map<string, number>()
  return entries.map(([key, inner]) => {
    const name = maskedText(key)
    const count = (taken.get(name) ?? 0) + 1
    taken.set(name, count)
    return [count === 1 ? name : `${name} (${count})`, inner]
  })
}
