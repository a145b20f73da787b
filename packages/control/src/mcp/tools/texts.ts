/** Owns the pages and skills that tools tell, read once when they are first asked for. */
import { type Skill, skillsOf } from '../../discovery/documents/skills.ts'
import { allPages } from '../../discovery/pages/all-pages.ts'
import type { Page } from '../../discovery/pages/page.ts'
import type { McpDeps } from '../mcp-deps.ts'

export interface Texts {
  readonly pages: readonly Page[]
  readonly skills: readonly Skill[]
}

/** A failure is forgotten, so that the next who asks tries again. */
export const textsOf = ({ site }: Pick<McpDeps, 'site'>): (() => Promise<Texts>) => {
  let read: Promise<Texts> | undefined
  const load = async (): Promise<Texts> => {
    const files = await site.files()
    return { pages: await allPages(site, files), skills: skillsOf(files) }
  }
  return () => {
    read ??= load().catch((error: unknown) => {
      read = undefined
      throw error
    })
    return read
  }
}
