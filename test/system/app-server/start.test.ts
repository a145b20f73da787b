/** Proves that what draws terminals is loaded by nobody but who shows one: the command line starts as fast as before. */
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { towline } from '@towline/testkit'
import { describe, expect, it } from 'vitest'

const [, ENTRY = ''] = towline()

/** What a module loads before it runs, and what that loads. */
const closure = (path: string, seen = new Set<string>()): ReadonlySet<string> => {
  if (seen.has(path)) return seen
  seen.add(path)
  const imports = readFileSync(path, 'utf8').matchAll(/(?:^|[;\n}])import(?:[^"'();]*?from)?\s*["'](\.[^"']+)["']/g)
  for (const [, name] of imports) closure(join(dirname(path), name as string), seen)
  return seen
}

/** What the chunks with these names load, which the words of a command import when it runs. */
const lazily = (...names: readonly string[]): ReadonlySet<string> => {
  const all = new Set<string>()
  for (const path of everything(ENTRY))
    if (names.some((name) => basename(path).startsWith(`${name}-`))) closure(path, all)
  return all
}

/** All that a module may ever load. */
const everything = (path: string, seen = new Set<string>()): ReadonlySet<string> => {
  if (seen.has(path)) return seen
  seen.add(path)
  for (const [, name] of readFileSync(path, 'utf8').matchAll(/["'](\.{1,2}\/[\w./-]+\.js)["']/g)) {
    const next = join(dirname(path), name as string)
    if (existsSync(next)) everything(next, seen)
  }
  return seen
}

/** The chunk that holds a module, by a text that only it has. */
const holds = (paths: ReadonlySet<string>, text: string): readonly string[] =>
  [...paths].filter((path) => readFileSync(path, 'utf8').includes(text))

describe('start of the command line', () => {
  it('loads neither React, Ink nor Markdown', () => {
    const loaded = closure(ENTRY)
    expect(loaded.size).toBeGreaterThan(3)
    for (const text of ['react.transitional.element', 'yoga', 'ParserInline']) expect(holds(loaded, text)).toEqual([])
  })

  it('loads zod of an app-server from a chunk, rather than the 100 files of its package', () => {
    const loaded = lazily('app-server', 'app-server-own')
    expect(loaded.size).toBeGreaterThan(30)
    expect(holds(loaded, 'from"zod"')).toEqual([])
  })
})
