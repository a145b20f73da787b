/** Owns what crawlers read: robots.txt (RFC 9309) with content signals, and the site map. */
import { escapeHtml } from '@towline/base'
import { documentOf, type SiteDocument } from '../document.ts'
import type { Page } from '../pages/page.ts'

/** What may be done with the pages: found and read by agents, not trained on. */
export const CONTENT_SIGNAL = 'search=yes, ai-input=yes, ai-train=no'

/** Those that fetch for search or for a person who asked. */
const READERS = [
  'OAI-SearchBot',
  'ChatGPT-User',
  'Claude-User',
  'Claude-SearchBot',
  'PerplexityBot',
  'Perplexity-User',
  'DuckAssistBot',
  'MistralAI-User',
]
/** Those that collect for training. */
const TRAINERS = [
  'GPTBot',
  'ClaudeBot',
  'CCBot',
  'Google-Extended',
  'Applebot-Extended',
  'Bytespider',
  'meta-externalagent',
]

/** Where only people with a session or a code have business. */
const PRIVATE = ['/oauth/', '/device', '/interaction/', '/sign-in', '/setup/', '/api/auth/']

export const robotsDocument = (origin: string): SiteDocument => {
  const kept = PRIVATE.map((path) => `Disallow: ${path}`)
  const group = (agents: readonly string[], rules: readonly string[]): string =>
    [...agents.map((agent) => `User-agent: ${agent}`), `Content-Signal: ${CONTENT_SIGNAL}`, ...rules].join('\n')
  const groups = [
    group(['*'], ['Allow: /', ...kept]),
    group(READERS, ['Allow: /', ...kept]),
    group(TRAINERS, ['Disallow: /']),
    `Sitemap: ${origin}/sitemap.xml`,
  ]
  return documentOf(`${groups.join('\n\n')}\n`, 'text/plain; charset=utf-8')
}

export const sitemapDocument = (origin: string, pages: readonly Page[]): SiteDocument => {
  const urls = pages.map(({ path }) => `  <url><loc>${escapeHtml(`${origin}${path}`)}</loc></url>`)
  const body = `<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
${urls.join('\n')}
</urlset>
`
  return documentOf(body, 'application/xml; charset=utf-8')
}
