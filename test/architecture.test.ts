import { describe, expect, it } from 'vitest'
import { files, importsOf, read } from './repository.ts'

/** Who may import whom (ARCHITECTURE.md). */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  base: ['protocol'],
  engine: ['protocol', 'base'],
  control: ['protocol', 'base'],
  sdk: ['protocol', 'base'],
  operations: ['protocol', 'base', 'sdk'],
  cli: ['protocol', 'base', 'engine', 'control', 'sdk', 'operations'],
  testkit: ['protocol', 'base', 'engine', 'control', 'sdk', 'operations'],
}

/** Names that say nothing about what a file owns. */
const BANNED = /^(manager|helpers?|utils?|common|misc|handler2)(\.|-|$)/

const isSource = (path: string): boolean => path.endsWith('.ts') && !path.endsWith('.d.ts')
const isTest = (path: string): boolean => /\.(test|fixture)\.ts$/.test(path)
const roomOf = (path: string): string => path.split('/')[1] as string
const sources = Object.keys(MAY_IMPORT).flatMap((room) => files(`packages/${room}/src`, isSource))
const product = sources.filter((path) => !isTest(path))

describe('architecture: rooms', () => {
  it('has no room that the table does not name', () => {
    const rooms = files('packages', (path) => path.endsWith('package.json')).map(roomOf)
    expect(rooms.toSorted()).toEqual(Object.keys(MAY_IMPORT).toSorted())
  })

  it('imports only the rooms that the table allows', () => {
    const broken = product.flatMap((path) =>
      importsOf(path)
        .filter((name) => name.startsWith('@towline/'))
        .filter((name) => !MAY_IMPORT[roomOf(path)]?.includes(name.slice('@towline/'.length)))
        .map((name) => `${path} imports ${name}`),
    )
    expect(broken).toEqual([])
  })

  it('leaves no room by a relative path', () => {
    const broken = sources.flatMap((path) => {
      const depth = path.split('/').length - 3
      const tooFar = new RegExp(`^(\\.\\./){${depth},}`)
      return importsOf(path)
        .filter((name) => tooFar.test(name) && !name.includes('/vectors/') && !name.includes('/test/'))
        .map((name) => `${path} imports ${name}`)
    })
    expect(broken).toEqual([])
  })

  it('keeps the protocol room free of Node and of packages', () => {
    const broken = product
      .filter((path) => roomOf(path) === 'protocol')
      .flatMap((path) => importsOf(path).filter((name) => !name.startsWith('.')))
    expect(broken).toEqual([])
  })

  it('keeps the database in control', () => {
    const users = product.filter((path) => importsOf(path).some((name) => ['libsql', 'kysely'].includes(name)))
    expect([...new Set(users.map(roomOf))]).toEqual(['control'])
  })

  it('touches socket handles in one file', () => {
    expect(product.filter((path) => /\.call\(process|process\.binding/.test(read(path)))).toEqual([
      'packages/base/src/net/binding.ts',
    ])
  })
})

describe('architecture: files', () => {
  it('opens each file by saying what it owns', () => {
    expect(product.filter((path) => !read(path).startsWith('/** '))).toEqual([])
  })

  it('has no file over 400 lines', () => {
    expect(product.filter((path) => read(path).split('\n').length > 401)).toEqual([])
  })

  it('has no name that says nothing', () => {
    expect(sources.filter((path) => BANNED.test(path.split('/').at(-1) as string))).toEqual([])
  })

  it('has one file for each command, named by its words', () => {
    const builders = files('packages/cli/src/commands', isSource).filter((path) => !isTest(path))
    const several = builders.filter((path) => (read(path).match(/^export const /gm) ?? []).length !== 1)
    expect(several).toEqual([])
  })

  it('names only files that exist in the paths of ARCHITECTURE.md', () => {
    const named = [...read('ARCHITECTURE.md').matchAll(/`(packages\/[^`]+\.ts)`/g)].map((found) => found[1] as string)
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((path) => !sources.includes(path))).toEqual([])
  })
})
