/** Owns llms.txt, the list of pages for language models, and llms-full.txt, all of them in one text. */
import { documentOf, type SiteDocument } from '../document.ts'
import { listPages } from '../pages/list-pages.ts'
import type { Page, Section } from '../pages/page.ts'
import { SUMMARY } from '../pages/start-pages.ts'

const MAIN: readonly Section[] = ['Start', 'Skills', 'Guides', 'APIs', 'Reference', 'Protocols']
const TYPE = 'text/plain; charset=utf-8'

/** The form of llmstxt.org: what can be skipped stands under "Optional". */
export const llmsDocument = (origin: string, pages: readonly Page[]): SiteDocument => {
  const optional = listPages(pages, ['Decisions'], origin).replace('## Decisions', '## Optional')
  const full = `- [All of this in one text](${origin}/llms-full.txt): large`
  const parts = [
    '# Towline',
    `> ${SUMMARY}`,
    WORDS,
    listPages(pages, MAIN, origin),
    `${optional || '## Optional\n'}\n${full}`,
  ]
  return documentOf(`${parts.join('\n\n')}\n`, TYPE)
}

const WORDS =
  'Begin with the skill towline-setup. APIs are in /.well-known/api-catalog, and how to get a credential in /auth.md. Every' +
  ' page is Markdown under its path with ".md".'

export const llmsFullDocument = (origin: string, pages: readonly Page[]): SiteDocument =>
  documentOf(pages.map(({ path, markdown }) => `<!-- ${origin}${path} -->\n\n${markdown.trim()}\n`).join('\n\n'), TYPE)
