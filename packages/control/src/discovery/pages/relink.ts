/** Owns turning links between files of the repository into links between pages of the site. */
import { posix } from 'node:path'
import { mapProse } from './markdown-text.ts'

/** Where a file of the repository is served; undefined when it is not. */
export type Locate = (file: string) => string | undefined

const LINK = /\]\(([^)\s]+)\)/g
/** With a scheme, from the root, or within the page. */
const ELSEWHERE = /^([a-z][a-z0-9+.-]*:|\/|#)/i

/** Leads the links of `file` to where their targets are served; a link to what is not served keeps its words only. */
export const relink = (markdown: string, file: string, locate: Locate): string =>
  mapProse(markdown, (prose) =>
    prose.replace(/\[([^[\]]*)\]\(([^)\s]+)\)/g, (whole, words: string, target: string) => {
      if (ELSEWHERE.test(target)) return whole
      const [path = '', fragment] = target.split('#', 2)
      const found = locate(posix.join(posix.dirname(file), path))
      if (found === undefined) return words
      return `[${words}](${found}${fragment === undefined ? '' : `#${fragment}`})`
    }),
  )

/** Leads links to Markdown pages of the site to their HTML: for the HTML of a page, whose Markdown leads to Markdown. */
export const toHtmlPath = (target: string): string => {
  if (!target.startsWith('/') || target.startsWith('/.well-known/')) return target
  return target.replace(/\.md(?=#|$)/, '').replace(/^\/index(?=#|$)/, '/')
}

/** Every link target of a text, outside of code. */
export const linksOf = (markdown: string): readonly string[] => {
  const found: string[] = []
  mapProse(markdown, (prose) => {
    found.push(...[...prose.matchAll(LINK)].map(([, target]) => target as string))
    return prose
  })
  return found
}
