/** Owns the rows about pages: their links, their Markdown, and llms.txt. */
import type { Answer } from '../exchange.ts'
import { broken, linksOf, shownOf, textOf, typeOf } from '../read-answer.ts'
import { fail, type Finding, pass, worst } from '../report.ts'
import type { SiteReader } from '../site-reader.ts'

/** Registered relations that lead an agent on. */
const WANTED = ['api-catalog', 'service-desc', 'service-doc', 'status', 'alternate']

export const links = async (site: SiteReader): Promise<Finding> => {
  const found = linksOf(await site.get('/'))
  const rels = new Set(found.flatMap((link) => link.rels))
  const missing = WANTED.filter((rel) => !rels.has(rel))
  if (missing.length === WANTED.length) return fail('/ has no Link field with a relation for agents')
  const lacking = missing.map((rel) => `no rel="${rel}"`)
  return worst(
    await broken(
      site,
      found.map(({ href }) => href),
    ),
    lacking,
    `${found.length} links, all there`,
  )
}

const isMarkdown = (answer: Answer): boolean => answer.status === 200 && typeOf(answer) === 'text/markdown'
const isHtml = (answer: Answer): boolean => answer.status === 200 && typeOf(answer) === 'text/html'
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

export const markdown = async (site: SiteReader): Promise<Finding> => {
  const answer = await site.get('/', { accept: 'text/markdown' })
  if (!isMarkdown(answer)) return fail(`/ as text/markdown answers ${shownOf(answer)}`)
  return pass(`${answer.body.length} bytes of Markdown`)
}

const varies = ({ headers }: Answer): boolean => /(^|,)\s*(accept|\*)\s*(,|$)/i.test(headers['vary'] ?? '')

/** What a cache or a browser could get wrong fails; fine points of weights are a warning. */
export const negotiation = async (site: SiteReader): Promise<Finding> => {
  const ask = (accept: string): Promise<Answer> => site.get('/', { accept })
  const [html, text] = [await ask(BROWSER), await ask('text/markdown')]
  if (!isMarkdown(text)) return fail('there is no Markdown to choose')
  const failures = [
    ...(isHtml(html) ? [] : [`a browser gets ${shownOf(html)}`]),
    ...(isHtml(await ask('*/*')) ? [] : ['*/* does not get HTML']),
    ...(varies(html) && varies(text) ? [] : ['Vary: Accept is missing']),
    ...(html.headers['etag'] !== undefined && html.headers['etag'] === text.headers['etag']
      ? ['both forms have one ETag']
      : []),
  ]
  const warnings = [
    ...(isHtml(await ask('text/html, text/markdown;q=0.5')) ? [] : ['a lower weight for Markdown is not heeded']),
    ...(isMarkdown(await ask('text/markdown;q=0.9, text/html;q=0.8'))
      ? []
      : ['a higher weight for Markdown is not heeded']),
  ]
  return worst(failures, warnings, 'HTML for browsers, Markdown for who asks, Vary on both')
}

export const markdownPath = async (site: SiteReader): Promise<Finding> => {
  const named = linksOf(await site.get('/')).find(
    ({ rels, type }) => rels.includes('alternate') && type === 'text/markdown',
  )
  const path = named?.href ?? '/index.md'
  const answer = await site.get(path)
  return isMarkdown(answer) ? pass(path) : fail(`${path} answers ${shownOf(answer)}`)
}

export const llms = async (site: SiteReader): Promise<Finding> => {
  const answer = await site.get('/llms.txt')
  const text = textOf(answer)
  if (answer.status !== 200 || !/^text\/(plain|markdown)$/.test(typeOf(answer)) || !/^\uFEFF?# \S/.test(text))
    return fail(`/llms.txt answers ${shownOf(answer)}${answer.status === 200 ? ' without a title' : ''}`)
  const targets = [...text.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target]) => target as string)
  if (targets.length === 0) return fail('/llms.txt lists nothing')
  const bare = /^> /m.test(text) ? [] : ['no summary line that begins with ">"']
  return worst(await broken(site, targets), bare, `${targets.length} links`)
}
