/** Owns what the house tests read of the checkout: its source files and their imports. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the checkout, with a slash at its end. */
export const root = fileURLToPath(new URL('..', import.meta.url))

const SKIPPED = new Set(['node_modules', 'dist', '.git', 'results'])

/** Paths of files below `folder` that `wanted` says yes to, relative to the checkout. */
export const files = (folder: string, wanted: (path: string) => boolean): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return files(path, wanted)
    return wanted(path) ? [path] : []
  })

export const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** What a source file imports, as written. */
export const importsOf = (path: string): string[] =>
  [...read(path).matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((found) => found[1] as string)
