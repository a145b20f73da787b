/** Owns choosing between HTML and Markdown by an Accept field (RFC 9110 §12.5.1). */

/** What is served; undefined when neither is acceptable. */
export type Variant = 'html' | 'markdown'

interface Range {
  readonly type: string
  readonly q: number
  /** Place in the field, which settles equal weights. */
  readonly at: number
}

/**
 * Markdown is for those who name it: a wildcard never leads there, so browsers and plain tools get HTML. The higher weight
 * wins; of equal ones the first in the field.
 */
export const negotiate = (accept: string | undefined): Variant | undefined => {
  if (accept === undefined || accept.trim() === '') return 'html'
  const ranges = accept.split(',').flatMap(rangeOf)
  const markdown = best(ranges, ['text/markdown'])
  const html = best(ranges, ['text/html', 'text/*', '*/*'])
  if (markdown && (!html || wins(markdown, html))) return 'markdown'
  return html && 'html'
}

const wins = (one: Range, other: Range): boolean => (one.q === other.q ? one.at < other.at : one.q > other.q)

/** The range of the most specific type that is named at all; weight 0 says no. */
const best = (ranges: readonly Range[], types: readonly string[]): Range | undefined => {
  const named = types.map((type) => ranges.find((range) => range.type === type)).find((range) => range !== undefined)
  return named && named.q > 0 ? named : undefined
}

const QVALUE = /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/

/** Parameters other than the weight are not looked at; a range that cannot be read is left out. */
const rangeOf = (text: string, at: number): readonly Range[] => {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const weight = parameters.find((part) => part.startsWith('q='))?.slice(2) ?? '1'
  return type !== '' && QVALUE.test(weight) ? [{ type, q: Number(weight), at }] : []
}
