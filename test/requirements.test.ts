import { describe, expect, it } from 'vitest'
import { files, read } from './repository.ts'

/** Every id of test/requirements/*.md. */
const known = new Set(
  files('test/requirements', (path) => /\d-.*\.md$/.test(path)).flatMap((path) =>
    [...read(path).matchAll(/^- \*\*([a-z0-9.-]+)\*\*/gm)].map((found) => found[1] as string),
  ),
)

const { done } = JSON.parse(read('test/requirements/status.json')) as { done: string[] }

/** Ids that tests cite, with the files that do. */
const cited = new Map<string, string[]>()
const tests = ['packages', 'test'].flatMap((folder) => files(folder, (path) => path.endsWith('.test.ts')))
for (const path of tests) {
  for (const [, list] of read(path).matchAll(/\bverifies\(([^)]*)\)/g)) {
    for (const [, id] of (list as string).matchAll(/'([^']+)'/g)) {
      cited.set(id as string, [...(cited.get(id as string) ?? []), path])
    }
  }
}

describe('requirements: the gate', () => {
  it('knows every id a test cites', () => {
    expect([...cited].filter(([id]) => !known.has(id))).toEqual([])
  })

  it('knows every id that is marked done', () => {
    expect(done.filter((id) => !known.has(id))).toEqual([])
  })

  it('finds a test for every id that is marked done', () => {
    expect(done.filter((id) => !cited.has(id))).toEqual([])
  })
})
