/** Owns the tools that find and read pages of the docs. */
import { AppError, LIMITS } from '@towline/protocol'
import { z } from 'zod'
import { markdownPath, type Page } from '../../discovery/pages/page.ts'
import type { McpDeps } from '../mcp-deps.ts'
import { partOf } from './answers.ts'
import { FIELDS, publicTool } from './public-tool.ts'
import { searchPages } from './search-pages.ts'
import type { Texts } from './texts.ts'
import type { Tool } from './tool.ts'

const { url, text, cursor, nextCursor } = FIELDS

const hit = z.strictObject({
  path: z.string().describe('For towline_doc_read.'),
  title: z.string(),
  description: z.string(),
  excerpt: z.string(),
})

export const docTools = ({ publicUrl, limits }: McpDeps, texts: () => Promise<Texts>): readonly Tool[] => [
  publicTool({
    name: 'towline_doc_search',
    title: 'Search the docs',
    description: 'Finds pages of the docs, API pages and skills that hold all words of the query, best first.',
    input: z.strictObject({
      query: z.string().trim().min(1).max(LIMITS.mcpSearchChars).describe('Words.'),
      limit: z.int().min(1).max(LIMITS.mcpSearchHits).default(10).describe('At most so many pages.'),
    }),
    output: z.strictObject({ pages: z.array(hit) }),
    run: async ({ query, limit }) => ({ pages: searchPages((await texts()).pages, query, limit) }),
  }),
  publicTool({
    name: 'towline_doc_read',
    title: 'Read a page of the docs',
    description: 'The text of a page, by its path. Long pages come in parts.',
    input: z.strictObject({
      path: z.string().min(1).max(256).describe('Such as /docs/guide/publish; /docs lists all.'),
      cursor,
    }),
    output: z.strictObject({ path: z.string(), title: z.string(), url, text, nextCursor }),
    run: async ({ path: asked, cursor: at }) => {
      const page = (await texts()).pages.find(isAt(asked))
      if (!page) throw new AppError('PAGE_UNKNOWN', { path: asked.slice(0, 64) })
      const { path, title, markdown } = page
      return { path, title, url: `${publicUrl}${markdownPath(path)}`, ...partOf(markdown, at, limits) }
    },
  }),
]

/** Pages are asked for with and without their suffix. */
const isAt =
  (asked: string) =>
  ({ path }: Page): boolean =>
    path === asked || markdownPath(path) === asked
