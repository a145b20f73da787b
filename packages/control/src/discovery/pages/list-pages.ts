/** Owns lists of pages by section, as Markdown. */
import { markdownPath, type Page, SECTIONS, type Section } from './page.ts'

/** `## Section` and a line a page; sections without pages are left away. */
export const listPages = (pages: readonly Page[], sections: readonly Section[] = SECTIONS, origin = ''): string =>
  sections
    .map((section) => [section, pages.filter((page) => page.section === section)] as const)
    .filter(([, found]) => found.length > 0)
    .map(([section, found]) => `## ${section}\n\n${found.map((page) => pageLine(page, origin)).join('\n')}`)
    .join('\n\n')

/** `- [title](url): description`, the form of llms.txt. */
const pageLine = ({ path, title, description }: Page, origin = ''): string =>
  `- [${title}](${origin}${markdownPath(path)}): ${description}`
