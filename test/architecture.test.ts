/** Holds the house of ARCHITECTURE.md: its table of rooms, its paths, and what every file keeps to. */
import { describe, expect, it } from 'vitest'
import { files, importsOf, read } from './repository.ts'

/** Rows of the table of rooms: room, owns, may import, never because. */
const MAY_IMPORT = new Map(
  [...read('ARCHITECTURE.md').matchAll(/^\| (?!room)([a-z-]+) \| [^|]+ \| ([a-z, -]+) \|/gm)].map(([, room, list]) => [
    room as string,
    list === 'nothing' ? [] : (list as string).split(', '),
  ]),
)

/** Names that say nothing about what a file owns. */
const BANNED = /^(manager|helpers?|utils?|common|misc|handler2)(\.|-|$)|-(manager|helpers?|utils?|misc)\./

const MAX_LINES = 400
const ROOM_README_LINES = 40
const PATH_FILES = 9

const roomOf = (path: string): string => path.split('/')[1] as string
const isTest = (path: string): boolean => /\.(test|fixture)\.ts$/.test(path)
const rooms = files('packages', (path) => path.endsWith('/package.json'))
  .map(roomOf)
  .toSorted()
const sources = rooms.flatMap((room) => files(`packages/${room}/src`, (path) => path.endsWith('.ts')))
const product = sources.filter((path) => !isTest(path))
const scripts = ['bench', 'examples', 'scripts'].flatMap((folder) => files(folder, (path) => /\.(ts|mjs)$/.test(path)))

const mayImport = (room: string, other: string): boolean =>
  room === other || MAY_IMPORT.get(room)?.includes(other) === true
const towline = (name: string): string | undefined => /^@towline\/([a-z-]+)/.exec(name)?.[1]

describe('architecture: rooms', () => {
  it('has the rooms of the table and no other', () => {
    expect(rooms).toEqual([...MAY_IMPORT.keys()].toSorted())
  })

  it('imports only rooms that the table allows; tests may also use testkit', () => {
    const broken = sources.flatMap((path) =>
      importsOf(path)
        .filter((name) => towline(name) !== undefined)
        .filter((name) => !mayImport(roomOf(path), towline(name) as string))
        .filter((name) => !(isTest(path) && towline(name) === 'testkit'))
        .map((name) => `${path} imports ${name}`),
    )
    expect(broken).toEqual([])
  })

  it('declares only rooms that the table allows', () => {
    const broken = rooms.flatMap((room) => {
      const { dependencies = {} } = JSON.parse(read(`packages/${room}/package.json`)) as Manifest
      const others = Object.keys(dependencies).flatMap((name) => towline(name) ?? [])
      return others.filter((other) => !mayImport(room, other)).map((other) => `${room} depends on ${other}`)
    })
    expect(broken).toEqual([])
  })

  it('enters a room by its face only', () => {
    const doors = rooms.flatMap((room) =>
      Object.keys((JSON.parse(read(`packages/${room}/package.json`)) as Manifest).exports ?? {}).map(
        (key) => `@towline/${room}${key.slice(1)}`,
      ),
    )
    const deep = sources.flatMap((path) =>
      importsOf(path)
        .filter((name) => towline(name) !== undefined && !doors.includes(name))
        .map((name) => `${path} imports ${name}`),
    )
    expect(deep).toEqual([])
  })

  it('leaves no room by a relative path; tests may read vectors and fixtures of their own room', () => {
    const broken = sources.flatMap((path) => {
      const up = path.split('/').length - 3
      const outside = importsOf(path).filter((name) => new RegExp(`^(\\.\\./){${up},}`).test(name))
      const allowed = isTest(path) ? new RegExp(`^(\\.\\./){${up}}(vectors|test)/`) : /^$/
      return outside.filter((name) => !allowed.test(name)).map((name) => `${path} imports ${name}`)
    })
    expect(broken).toEqual([])
  })

  it('keeps the protocol room free of Node and of packages', () => {
    const protocol = product.filter((path) => roomOf(path) === 'protocol')
    expect(protocol.flatMap((path) => importsOf(path).filter((name) => !name.startsWith('.')))).toEqual([])
  })

  it('keeps the database in control', () => {
    const users = product.filter((path) => importsOf(path).some((name) => ['libsql', 'kysely', 'pg'].includes(name)))
    // An index of files, which is made anew from them (decision 0019).
    const index = 'packages/app-server/src/threads/index/thread-table.ts'
    expect([...new Set(users.filter((path) => path !== index).map(roomOf))]).toEqual(['control'])
  })

  it('touches socket handles in one file', () => {
    const users = product.filter((path) => /process\.binding|internalBinding/.test(read(path)))
    expect(users.filter((path) => path !== 'packages/base/src/net/binding.ts')).toEqual([])
  })

  it('describes each room in a README of at most 40 lines', () => {
    const broken = rooms.filter((room) => {
      const text = read(`packages/${room}/README.md`)
      const complete = ['Purpose', 'Face', 'Invariants', 'Not here'].every((part) => text.includes(`**${part}.**`))
      return !complete || text.split('\n').length > ROOM_README_LINES
    })
    expect(broken).toEqual([])
  })

  it('names every dependency of a room in its README', () => {
    const missing = rooms.flatMap((room) => {
      const { dependencies = {} } = JSON.parse(read(`packages/${room}/package.json`)) as Manifest
      const foreign = Object.keys(dependencies).filter((name) => towline(name) === undefined)
      return foreign
        .filter((name) => !read(`packages/${room}/README.md`).includes(name))
        .map((name) => `${room}: ${name}`)
    })
    expect(missing).toEqual([])
  })

  it('pins every dependency to one version', () => {
    const manifests = ['package.json', ...rooms.map((room) => `packages/${room}/package.json`)]
    const loose = manifests.flatMap((path) => {
      const { dependencies = {}, devDependencies = {} } = JSON.parse(read(path)) as Manifest
      const wanted = Object.entries({ ...dependencies, ...devDependencies })
      return wanted.filter(([, version]) => !/^\d+\.\d+\.\d+/.test(version)).map(([name]) => `${path}: ${name}`)
    })
    expect(loose).toEqual([])
  })
})

describe('architecture: files', () => {
  it('opens each file by saying what it owns', () => {
    const silent = [...product, ...scripts].filter((path) => !/^(#!.*\n)?\/\*\*/.test(read(path)))
    expect(silent).toEqual([])
  })

  it('has no file over 400 lines', () => {
    const long = [...product, ...scripts].filter((path) => read(path).trimEnd().split('\n').length > MAX_LINES)
    expect(long).toEqual([])
  })

  it('has no name that says nothing', () => {
    expect([...sources, ...scripts].filter((path) => BANNED.test(path.split('/').at(-1) as string))).toEqual([])
  })

  it('has one file for each command, named by its words', () => {
    const broken = files('packages/cli/src/commands', (path) => path.endsWith('.ts') && !isTest(path)).filter(
      (path) => {
        const exported = [...read(path).matchAll(/^export const (\w+)/gm)].map(([, name]) => name as string)
        const file = path.split('/').at(-1)?.replace('.ts', '')
        return exported.length !== 1 || kebab(exported[0] as string) !== file
      },
    )
    expect(broken).toEqual([])
  })
})

describe('architecture: paths a newcomer reads', () => {
  const section = read('ARCHITECTURE.md').split('## Paths a newcomer reads')[1]?.split('\n## ')[0] ?? ''
  const paths = section
    .split(/^- /m)
    .slice(1)
    .map((text) => [...text.matchAll(/`(packages\/[^`]+)`/g)].map((found) => found[1] as string))

  it('are at most 9 files each', () => {
    expect(paths.length).toBeGreaterThan(3)
    expect(paths.filter((path) => path.length > PATH_FILES)).toEqual([])
  })

  it('lead through files that exist', () => {
    expect(paths.flat().filter((path) => !sources.includes(path))).toEqual([])
  })
})

interface Manifest {
  readonly dependencies?: Record<string, string>
  readonly devDependencies?: Record<string, string>
  readonly exports?: Record<string, unknown>
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
