/** Owns what is kept of the git repository that a thread begins in: read off its files, as no program is run for it. */
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { GitInfo } from '@towline/protocol'

/** Null outside of one, or where the folder is not of this machine. */
export const readGit = async (cwd: string): Promise<GitInfo | null> => {
  const folder = await gitFolder(cwd)
  const head = folder && (await textOf(join(folder, 'HEAD')))
  if (!folder || !head) return null
  const [, ref] = /^ref: (.+)$/.exec(head) ?? []
  const shared = resolve(folder, (await textOf(join(folder, 'commondir'))) ?? '.')
  return {
    sha: ref === undefined ? head : await shaOf(ref, folder, shared),
    branch: ref?.replace(/^refs\/heads\//, '') ?? null,
    originUrl: originIn((await textOf(join(shared, 'config'))) ?? ''),
  }
}

/** `.git` is a folder, or a file that names one. */
const gitFolder = async (cwd: string): Promise<string | undefined> => {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const git = join(folder, '.git')
    if ((await textOf(join(git, 'HEAD'))) !== undefined) return git
    const [, elsewhere] = /^gitdir: (.+)$/.exec((await textOf(git)) ?? '') ?? []
    if (elsewhere !== undefined) return resolve(folder, elsewhere)
    if (dirname(folder) === folder) return undefined
  }
}

const shaOf = async (ref: string, folder: string, shared: string): Promise<string | null> => {
  for (const place of [folder, shared]) {
    const sha = await textOf(join(place, ref))
    if (sha !== undefined) return sha
  }
  const packed = (await textOf(join(shared, 'packed-refs'))) ?? ''
  return (
    packed
      .split('\n')
      .find((line) => line.endsWith(` ${ref}`))
      ?.split(' ')[0] ?? null
  )
}

/** Without what may be a secret in it. */
const originIn = (config: string): string | null => {
  const [, section = ''] = /^\[remote "origin"\]\n((?:\s+.*\n?)*)/m.exec(config) ?? []
  const [, url] = /^\s+url\s*=\s*(.+)$/m.exec(section) ?? []
  return url?.replace(/^(\w+:\/\/)[^@/]*@/, '$1') ?? null
}

const textOf = async (path: string): Promise<string | undefined> => {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch {
    return undefined
  }
}
