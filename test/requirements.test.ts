/** Holds the requirement gate: what is called done is cited by a test, and tests cite only what exists. */
import { describe, expect, it } from 'vitest'
import { files, read } from './repository.ts'

/** Every id of test/requirements, in order. */
const ids = files('test/requirements', (path) => /\/\d-[^/]*\.md$/.test(path))
  .flatMap((path) => [...read(path).matchAll(/^- \*\*(.*?)\*\*/gm)])
  .map(([, id]) => id as string)

const status = JSON.parse(read('test/requirements/status.json')) as Record<string, string>
const done = Object.keys(status).filter((id) => status[id] === 'done')

/** Ids that tests cite. A conformance suite is a test that several rooms run. */
const cited = new Set(
  ['packages', 'test']
    .flatMap((folder) => files(folder, (path) => /(\.test|\.fixture|-conformance)\.ts$/.test(path)))
    .flatMap((path) => [...read(path).matchAll(/\bverifies\(([^)]*)\)/g)])
    .flatMap(([, list]) => [...(list as string).matchAll(/'([^']+)'/g)])
    .map(([, id]) => id as string),
)

describe('requirements: the gate', () => {
  it('has one line for each id', () => {
    expect(ids.length).toBeGreaterThan(200)
    expect(ids.filter((id, at) => ids.indexOf(id) !== at || !/^[a-z0-9]+([.-][a-z0-9-]+)*$/.test(id))).toEqual([])
  })

  it('knows every id a test cites', () => {
    expect([...cited].filter((id) => !ids.includes(id))).toEqual([])
  })

  it('knows every id that has a status, and the status', () => {
    const unknown = Object.entries(status).filter(
      ([id, word]) => !ids.includes(id) || !['done', 'planned'].includes(word),
    )
    expect(unknown).toEqual([])
  })

  it('finds a test for every id that is done', () => {
    expect(done.filter((id) => !cited.has(id))).toEqual([])
  })
})
