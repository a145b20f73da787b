/** Owns which files a pattern of `Include` names (glob(7), without classes). */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { LIMITS } from '@towline/protocol'

const MAGIC = /[*?]/

/** Of an absolute path with `*` and `?` in any part; sorted, at most `sshConfigFiles`. What cannot be read has none. */
export const matchingFiles = async (pattern: string): Promise<readonly string[]> => {
  let found: readonly string[] = ['/']
  for (const part of pattern.split('/').filter((name) => name !== '')) {
    const next = await Promise.all(found.map((folder) => inFolder(folder, part)))
    found = next.flat().slice(0, LIMITS.sshConfigFiles)
  }
  return found
}

const inFolder = async (folder: string, part: string): Promise<readonly string[]> => {
  if (!MAGIC.test(part)) return [join(folder, part)]
  const names = await readdir(folder).catch(() => [])
  const fits = regexOf(part)
  return names
    .filter((name) => fits.test(name) && (!name.startsWith('.') || part.startsWith('.')))
    .toSorted()
    .map((name) => join(folder, name))
}

const regexOf = (part: string): RegExp => {
  const words: Readonly<Record<string, string>> = { '*': '[^/]*', '?': '[^/]' }
  return new RegExp(`^${part.replace(/[^\w]/g, (char) => words[char] ?? `\\${char}`)}$`)
}
