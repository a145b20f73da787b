/** Owns turning Markdown into HTML: CommonMark and tables, no HTML of the author's, headings one can link to. */
import type MarkdownIt from 'markdown-it'
import { withoutComments } from '../pages/markdown-text.ts'
import { toHtmlPath } from '../pages/relink.ts'

/** Renders the body of a page. */
export type Render = (markdown: string) => string

/** Loaded when the first person reads a page. */
export const loadRender = async (): Promise<Render> => {
  const { default: createMarkdown } = await import('markdown-it')
  const markdown = createMarkdown({ html: false, linkify: false, typographer: false })
  return (text) => {
    const tokens = markdown.parse(withoutComments(text), {})
    linkPages(tokens)
    nameHeadings(tokens)
    return markdown.renderer.render(tokens, markdown.options, {})
  }
}

type Tokens = ReturnType<MarkdownIt['parse']>

/** Links between pages stay among HTML pages; links elsewhere do not tell where they came from. */
const linkPages = (tokens: Tokens): void => {
  for (const token of tokens.flatMap(({ children }) => children ?? [])) {
    if (token.type !== 'link_open') continue
    const target = token.attrGet('href') ?? ''
    token.attrSet('href', toHtmlPath(target))
    if (/^https?:/.test(target)) token.attrSet('rel', 'noreferrer')
  }
}

/** Ids as readers of the repository know them; the second of the same name gets a number. */
const nameHeadings = (tokens: Tokens): void => {
  const seen = new Map<string, number>()
  tokens.forEach((token, at) => {
    if (token.type !== 'heading_open') return
    const slug = slugOf(tokens[at + 1]?.content ?? '')
    const before = seen.get(slug) ?? 0
    seen.set(slug, before + 1)
    token.attrSet('id', before === 0 ? slug : `${slug}-${before}`)
  })
}

/** Lower-case, without marks, blanks as hyphens. */
const slugOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .trim()
    .replaceAll(' ', '-')
