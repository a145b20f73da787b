/** Owns the pages that stand as files in docs/ and skills/, and the plain files beside them. */
import { documentOf, type SiteDocument } from '../document.ts'
import type { SiteFile } from '../site.ts'
import { readFrontMatter, summaryOf, titleOf } from './markdown-text.ts'
import { markdownPath, type Page, type Section } from './page.ts'
import { relink } from './relink.ts'

/** By the first two folders of a path on the site. */
const SECTION_OF: readonly (readonly [prefix: string, section: Section])[] = [
  ['/docs/guide', 'Guides'],
  ['/docs/reference', 'Reference'],
  ['/docs/protocol', 'Protocols'],
  ['/docs/decisions', 'Decisions'],
  ['/docs/skills', 'Skills'],
]

/** Pages of the Markdown files, in the order of their paths. */
export const filePages = (files: readonly SiteFile[]): readonly Page[] => {
  const served = new Map(files.map(({ path }) => [path, isMarkdown(path) ? markdownPath(pagePath(path)) : `/${path}`]))
  return files.filter(({ path }) => isMarkdown(path)).map((file) => pageOf(file, (path) => served.get(path)))
}

const pageOf = ({ path: file, text }: SiteFile, locate: (path: string) => string | undefined): Page => {
  const { fields, body } = readFrontMatter(text)
  const path = pagePath(file)
  return {
    path,
    title: titleOf(body) ?? path,
    description: fields['description'] ?? summaryOf(body),
    section: SECTION_OF.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 'Guides',
    markdown: relink(body, file, locate),
  }
}

const isMarkdown = (path: string): boolean => path.endsWith('.md')

/** `docs/protocol/README.md` is `/docs/protocol`, `skills/towline-cli/SKILL.md` is `/docs/skills/towline-cli`. */
const pagePath = (file: string): string =>
  `/${file.replace(/^skills\//, 'docs/skills/').replace(/(\/(README|SKILL))?\.md$/, '')}`

/** Files beside the pages, such as examples in other languages, are served as text. */
export const plainFiles = (files: readonly SiteFile[]): ReadonlyMap<string, SiteDocument> =>
  new Map(
    files
      .filter(({ path }) => path.startsWith('docs/') && !isMarkdown(path))
      .map(({ path, text }) => [`/${path}`, documentOf(text, 'text/plain; charset=utf-8')]),
  )
