/** Owns the method that finds files by letters of their path, as an editor does. */
import { opendir } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { LIMITS } from '@towline/protocol'
import { z } from 'zod'
import { method, type MethodTable } from '../server/method.ts'
import { ABSOLUTE } from './params.ts'
import type { BasicServices } from './services.ts'

/** Nobody looks for what is in there. */
const SKIPPED = new Set(['.git', 'node_modules', '.hg', '.svn', 'target', '.venv'])

interface Hit {
  readonly root: string
  readonly path: string
  readonly match_type: 'file' | 'directory'
  readonly file_name: string
  readonly score: number
  readonly indices: readonly number[]
}

/** Letters in a row, and those that begin a part of a path, count more; a long path less. */
const scoreOf = (
  path: string,
  query: string,
): { readonly score: number; readonly indices: readonly number[] } | undefined => {
  const text = path.toLowerCase()
  const indices: number[] = []
  let score = 0
  for (const letter of query) {
    const before = indices.at(-1) ?? -1
    const at = text.indexOf(letter, before + 1)
    if (at < 0) return undefined
    score += at === before + 1 ? 8 : 1
    if (at === 0 || '/._- '.includes(text[at - 1] ?? '')) score += 6
    indices.push(at)
  }
  if (basename(text).includes(query)) score += 32
  return { score: score * 16 - path.length, indices }
}

interface Search {
  readonly root: string
  readonly query: string
  readonly hits: Hit[]
  left: number
}

const look = async (search: Search, folder: string): Promise<void> => {
  const folders: string[] = []
  try {
    for await (const entry of await opendir(folder)) {
      if (--search.left < 0) return
      const path = join(folder, entry.name)
      if (entry.isDirectory() && SKIPPED.has(entry.name)) continue
      if (entry.isDirectory()) folders.push(path)
      keep(search, path, entry.isDirectory())
    }
  } catch {
    // A folder that may not be read has nothing for this user.
  }
  for (const path of folders) await look(search, path)
}

const keep = ({ root, query, hits }: Search, absolute: string, isFolder: boolean): void => {
  const path = relative(root, absolute)
  const found = scoreOf(path, query)
  if (!found) return
  hits.push({ root, path, match_type: isFolder ? 'directory' : 'file', file_name: basename(path), ...found })
}

export const SEARCH: MethodTable<BasicServices> = {
  fuzzyFileSearch: method<BasicServices, { query: string; roots: readonly string[] }>({
    params: z.looseObject({
      query: z.string().max(LIMITS.appServerSearchQueryChars),
      roots: z.array(ABSOLUTE).max(LIMITS.appServerSearchRoots),
    }),
    run: async (_services, { query, roots }) => {
      const hits: Hit[] = []
      for (const root of roots)
        await look({ root, query: query.toLowerCase(), hits, left: LIMITS.appServerSearchFiles }, root)
      const best = hits.toSorted((a, b) => b.score - a.score || (a.path < b.path ? -1 : 1))
      return { files: best.slice(0, LIMITS.appServerSearchHits) }
    },
  }),
}
