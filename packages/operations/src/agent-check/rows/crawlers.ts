/** Owns the rows about what crawlers read: robots.txt, its rules and signals for AI, and the site map. */
import { type Answer } from '../exchange.ts'
import { broken, shownOf, textOf, typeOf } from '../read-answer.ts'
import { fail, type Finding, pass, worst } from '../report.ts'
import type { SiteReader } from '../site-reader.ts'

export const robots = async (site: SiteReader): Promise<Finding> => {
  const answer = await site.get('/robots.txt')
  const found = lines(answer, 'user-agent')
  return found.length > 0 ? pass(`${found.length} user agents`) : fail(`/robots.txt answers ${shownOf(answer)}`)
}

/** As their operators name them. */
const AI_BOTS =
  /^(gptbot|oai-searchbot|chatgpt-user|claudebot|claude-user|claude-searchbot|anthropic-ai|perplexitybot|perplexity-user|google-extended|ccbot|applebot-extended|amazonbot|bytespider|meta-externalagent|duckassistbot|mistralai-user|cohere-ai)$/i

export const aiBots = async (site: SiteReader): Promise<Finding> => {
  const named = lines(await site.get('/robots.txt'), 'user-agent').filter((agent) => AI_BOTS.test(agent))
  return named.length > 0 ? pass(`rules for ${named.length} AI agents`) : fail('no rule names an AI agent')
}

const SIGNAL = /^(search|ai-input|ai-train) *= *(yes|no)$/i

export const contentSignals = async (site: SiteReader): Promise<Finding> => {
  const signals = lines(await site.get('/robots.txt'), 'content-signal').flatMap((line) => line.split(','))
  if (signals.length === 0) return fail('/robots.txt has no Content-Signal')
  const wrong = signals
    .filter((signal) => !SIGNAL.test(signal.trim()))
    .map((signal) => `unknown signal "${signal.trim()}"`)
  return worst(wrong, [], [...new Set(signals.map((signal) => signal.trim()))].join(', '))
}

const LOCATION = /<loc>([^<]*)<\/loc>/gi

export const sitemap = async (site: SiteReader): Promise<Finding> => {
  const [named] = lines(await site.get('/robots.txt'), 'sitemap')
  const answer = await site.get(named ?? '/sitemap.xml')
  const text = textOf(answer)
  if (answer.status !== 200 || !/<(urlset|sitemapindex)[\s>]/.test(text))
    return fail(`${named ?? '/sitemap.xml'} answers ${shownOf(answer)}`)
  const locations = [...text.matchAll(LOCATION)].map(([, location]) =>
    (location as string).trim().replaceAll('&amp;', '&'),
  )
  if (locations.length === 0) return fail('the site map is empty')
  const foreign = locations
    .filter((location) => !site.isOwn(location))
    .map((location) => `${location} is of another site`)
  const unnamed = named === undefined ? ['robots.txt does not name the site map'] : []
  return worst(await broken(site, locations), [...foreign, ...unnamed], `${locations.length} pages`)
}

/** Values of a field of robots.txt (RFC 9309); none when it is not one. */
const lines = (answer: Answer, field: string): readonly string[] => {
  if (answer.status !== 200 || typeOf(answer) !== 'text/plain') return []
  return textOf(answer)
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line.toLowerCase().startsWith(`${field}:`))
    .map((line) => line.slice(field.length + 1).trim())
    .filter((value) => value !== '')
}
