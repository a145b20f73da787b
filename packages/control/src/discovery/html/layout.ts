/** Owns the layout of pages to read: what is said about one in the head, the list of all, and what the browser may load. */
import { escapeHtml } from '@towline/base'
import { htmlDocument } from '../../pages/html-document.ts'
import type { SiteLink } from '../documents/links.ts'
import { markdownPath, type Page, SECTIONS } from '../pages/page.ts'
import { STYLE_PATH } from './style.ts'

/** Nothing but our stylesheet and icon is loaded, nothing runs, and nobody may frame the page. */
export const PAGE_SECURITY = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
} as const

export interface Layout {
  readonly page: Page
  /** The rendered Markdown. */
  readonly body: string
  readonly pages: readonly Page[]
  readonly links: readonly SiteLink[]
}

export const layout = ({ page, body, pages, links }: Layout): string =>
  htmlDocument({
    title: page.path === '/' ? page.title : `${page.title} · Towline`,
    style: STYLE_PATH,
    head: [`<meta name="description" content="${escapeHtml(page.description)}">`, ...links.map(linkElement)],
    body: `<a class="skip" href="#content">Skip to the text</a>
<header><a class="name" href="/">Towline</a><a href="/docs">Docs</a><a href="/api/status">Status</a><a class="raw" href="${escapeHtml(markdownPath(page.path))}">Markdown</a></header>
<div class="sheet">
<nav class="pages" aria-label="Pages">
${navigation(page, pages)}
</nav>
<main id="content">
${body}</main>
</div>`,
  })

const linkElement = ({ href, rel, type }: SiteLink): string =>
  `<link rel="${rel}" href="${escapeHtml(href)}"${type === undefined ? '' : ` type="${escapeHtml(type)}"`}>`

const navigation = (current: Page, pages: readonly Page[]): string =>
  SECTIONS.map((section) => [section, pages.filter((page) => page.section === section)] as const)
    .filter(([, found]) => found.length > 0)
    .map(
      ([section, found]) => `<h2>${section}</h2>\n<ul>\n${found.map((page) => entry(page, current)).join('\n')}\n</ul>`,
    )
    .join('\n')

const entry = (page: Page, current: Page): string => {
  const here = page.path === current.path ? ' aria-current="page"' : ''
  return `<li><a href="${escapeHtml(page.path)}"${here}>${escapeHtml(page.title)}</a></li>`
}
