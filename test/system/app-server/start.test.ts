/** Proves that what draws terminals is loaded by nobody but who shows one: the command line starts as fast as before. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
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

/** The chunk that holds a module, by a text that only it has. */
const holds = (paths: ReadonlySet<string>, text: string): readonly string[] =>
  [...paths].filter((path) => readFileSync(path, 'utf8').includes(text))

describe('start of the command line', () => {
  it('loads neither React, Ink nor Markdown', () => {
    const loaded = closure(ENTRY)
    expect(loaded.size).toBeGreaterThan(3)
    for (const text of ['react.transitional.element', 'yoga', 'ParserInline']) expect(holds(loaded, text)).toEqual([])
  })
})
