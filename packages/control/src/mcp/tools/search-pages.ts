/** Owns finding pages by words: all words must be there; in a title or heading they count more. */
import type { Page } from '../../discovery/pages/page.ts'

export interface Hit {
  readonly path: string
  readonly title: string
  readonly description: string
  /** The text around the first word. */
  readonly excerpt: string
}

const WORDS = 8
const MOST_IN_TEXT = 5
const EXCERPT = 240

export const searchPages = (pages: readonly Page[], query: string, limit: number): Hit[] => {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean).slice(0, WORDS)
  const scored = pages.map((page) => ({ page, score: scoreOf(page, words) })).filter(({ score }) => score > 0)
  // The order of pages decides between equals.
  scored.sort((a, b) => b.score - a.score)
  return scored.slice(0, limit).map(({ page }) => hitOf(page, words))
}

const scoreOf = ({ title, description, markdown }: Page, words: readonly string[]): number => {
  const [inTitle, inText] = [`${title} ${description}`.toLowerCase(), markdown.toLowerCase()]
  const headings = inText
    .split('\n')
    .filter((line) => line.startsWith('#'))
    .join('\n')
  let score = 0
  for (const word of words) {
    const found = Math.min(inText.split(word).length - 1, MOST_IN_TEXT)
    const own = (inTitle.includes(word) ? 10 : 0) + (headings.includes(word) ? 5 : 0) + found
    if (own === 0) return 0
    score += own
  }
  return score
}

const hitOf = ({ path, title, description, markdown }: Page, words: readonly string[]): Hit => {
  const at = Math.max(0, markdown.toLowerCase().indexOf(words[0] ?? '') - EXCERPT / 3)
  const excerpt = markdown
    .slice(at, at + EXCERPT)
    .replaceAll(/\s+/g, ' ')
    .trim()
  return { path, title, description, excerpt }
}
