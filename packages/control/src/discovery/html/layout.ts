/** Owns the HTML around a page: what is said about it in the head, the list of pages, and what the browser may load. */
import { escapeHtml } from '@towline/base'
import type { SiteLink } from '../documents/links.ts'
import { markdownPath, type Page, SECTIONS } from '../pages/page.ts'
import { ICON_PATH, STYLE_PATH } from './style.ts'

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

export const layout = ({ page, body, pages, links }: Layout): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(page.path === '/' ? page.title : `${page.title} · Towline`)}</title>
<meta name="description" content="${escapeHtml(page.description)}">
<link rel="stylesheet" href="${STYLE_PATH}">
<link rel="icon" type="image/svg+xml" href="${ICON_PATH}">
${links.map(linkElement).join('\n')}
</head>
<body>
<a class="skip" href="#content">Skip to the text</a>
<header><a class="name" href="/">Towline</a><a href="/docs">Docs</a><a href="/api/status">Status</a><a class="raw" href="${escapeHtml(markdownPath(page.path))}">Markdown</a></header>
<div class="sheet">
<nav class="pages" aria-label="Pages">
${navigation(page, pages)}
</nav>
<main id="content">
${body}</main>
</div>
</body>
</html>
`

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
