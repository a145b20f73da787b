/** Proves what is kept of a repository. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { readGit } from './read-git.ts'
import { newHome, removeHomes } from './threads.fixture.ts'

afterEach(removeHomes)

const SHA = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'
const repository = (head: string, files: Readonly<Record<string, string>> = {}): string => {
  const root = newHome()
  mkdirSync(join(root, '.git', 'refs', 'heads'), { recursive: true })
  mkdirSync(join(root, 'below', 'deep'), { recursive: true })
  for (const [name, text] of Object.entries({ HEAD: head, ...files }))
    writeFileSync(join(root, '.git', name), `${text}\n`)
  return root
}
const CONFIG =
  '[core]\n\tbare = false\n[remote "origin"]\n\turl = https://me:secret@example.com/x.git\n\tfetch = +refs\n'

describe('threads git:', () => {
  it.each([
    ['a branch', repositoryOf('ref: refs/heads/main', { 'refs/heads/main': SHA }), { sha: SHA, branch: 'main' }],
    [
      'a packed branch',
      repositoryOf('ref: refs/heads/a/b', { 'packed-refs': `# pack\n${SHA} refs/heads/a/b` }),
      { sha: SHA, branch: 'a/b' },
    ],
    ['a branch without a commit', repositoryOf('ref: refs/heads/new'), { sha: null, branch: 'new' }],
    ['a commit', repositoryOf(SHA), { sha: SHA, branch: null }],
  ])('%s, from a folder below, without a password', async (_, make, found) => {
    const root = make()
    expect(await readGit(join(root, 'below', 'deep'))).toEqual({ ...found, originUrl: 'https://example.com/x.git' })
  })

  it('a worktree, and nothing where none is', async () => {
    const root = repository('ref: refs/heads/main', { 'refs/heads/side': SHA })
    const own = join(root, '.git', 'worktrees', 'side')
    mkdirSync(own, { recursive: true })
    writeFileSync(join(own, 'HEAD'), 'ref: refs/heads/side\n')
    writeFileSync(join(own, 'commondir'), '../..\n')
    const tree = newHome()
    writeFileSync(join(tree, '.git'), `gitdir: ${own}\n`)
    expect(await readGit(tree)).toEqual({ sha: SHA, branch: 'side', originUrl: null })
    expect(await readGit(newHome())).toBeNull()
  })
})

function repositoryOf(head: string, files: Readonly<Record<string, string>> = {}): () => string {
  return () => repository(head, { config: CONFIG, ...files })
}
