/** Owns what a page is: one Markdown text with a path, served as it stands or as HTML. */

export interface Page {
  /** Such as `/docs/guide/publish`; its Markdown is at the same path with `.md`. */
  readonly path: string
  readonly title: string
  /** One or two sentences. */
  readonly description: string
  readonly section: Section
  /** Without front matter; links lead to Markdown pages of this site. */
  readonly markdown: string
}

/** Sections in the order lists show them; those of `aside` pages stand under "Optional". */
export const SECTIONS = ['Start', 'APIs', 'Guides', 'Skills', 'Reference', 'Protocols', 'Decisions'] as const

export type Section = (typeof SECTIONS)[number]

/** Where the Markdown of a page is. */
export const markdownPath = (path: string): string => (path === '/' ? '/index.md' : `${path}.md`)

/** The Markdown as it is served: front matter that says what the text is, then the text (the form agents expect). */
export const withFrontMatter = ({ title, description, markdown }: Page): string =>
  ['---', `title: ${JSON.stringify(title)}`, `description: ${JSON.stringify(description)}`, '---', '', markdown].join(
    '\n',
  )
