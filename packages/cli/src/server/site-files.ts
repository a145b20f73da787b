/** Owns the texts of docs/ and skills/: read from the checkout here, held by the bundle there (see bundle.mjs). */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SiteFile } from '@towline/control'

/** In the order of their paths. */
export const siteFiles = async (
  root = fileURLToPath(new URL('../../../..', import.meta.url)),
): Promise<readonly SiteFile[]> => {
  const folders = await Promise.all(['docs', 'skills'].map((folder) => filesBelow(root, folder)))
  return folders.flat()
}

const filesBelow = async (root: string, folder: string): Promise<readonly SiteFile[]> => {
  const entries = await readdir(join(root, folder), { withFileTypes: true })
  const found = await Promise.all(
    entries
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map(async (entry) => {
        const path = `${folder}/${entry.name}`
        if (entry.isDirectory()) return await filesBelow(root, path)
        return [{ path, text: await readFile(join(root, path), 'utf8') }]
      }),
  )
  return found.flat()
}
