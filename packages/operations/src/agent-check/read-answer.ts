/** Owns reading answers of a site: type, text, JSON, links, without trusting any of it. */
import type { Answer } from './exchange.ts'
import type { SiteReader } from './site-reader.ts'

export type Json = Readonly<Record<string, unknown>>

/** Media type without parameters, lower-case. */
export const typeOf = ({ headers }: Answer): string =>
  (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''

export const textOf = ({ body }: Answer): string => body.toString('utf8')

/** An object; undefined when the answer is no 200 with one. */
export const jsonOf = (answer: Answer): Json | undefined => {
  if (answer.status !== 200) return undefined
  return objectOf(parse(textOf(answer)))
}

export const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const objectOf = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

export const stringOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** "404", "nothing (it did not answer in time)" or "text/html". */
export const shownOf = (answer: Answer): string => {
  if (answer.status === 0) return `nothing (${answer.problem})`
  return answer.status === 200 ? typeOf(answer) || 'no type' : String(answer.status)
}

export interface Link {
  readonly href: string
  readonly rels: readonly string[]
  readonly type: string
}

const LINK = /<([^>]*)>([^<]*)/g

/** Links of a Link field (RFC 8288). */
export const linksOf = ({ headers }: Answer): readonly Link[] =>
  [...(headers['link'] ?? '').matchAll(LINK)].map(([, href, parameters]) => ({
    href: href as string,
    rels: parameter(parameters as string, 'rel')
      .toLowerCase()
      .split(/\s+/),
    type: parameter(parameters as string, 'type'),
  }))

const parameter = (text: string, name: string): string => {
  const [, quoted, bare] = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^\\s;,"]+))`, 'i').exec(text) ?? []
  return quoted ?? bare ?? ''
}

/** Statuses by which a document is there, though it may want a token or another method. */
const THERE = new Set([200, 204, 400, 401, 403, 405, 406, 503])

/** Which of the site's own targets are not there; targets elsewhere are not asked for. */
export const broken = async (site: SiteReader, targets: readonly string[]): Promise<readonly string[]> => {
  const own = [...new Set(targets)].filter((target) => site.isOwn(target)).slice(0, site.limits.agentCheckItems)
  const found: string[] = []
  for (const target of own) {
    const answer = await site.get(target)
    if (!THERE.has(answer.status)) found.push(`${target} answers ${shownOf(answer)}`)
  }
  return found
}
