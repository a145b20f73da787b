/** Proves that a browser can load the client's side: nothing it leads to is of Node. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/** Every module that a file leads to, packages by their names; types alone lead nowhere. */
const reach = (file: URL, seen = new Set<string>()): Set<string> => {
  if (seen.has(file.href)) return seen
  seen.add(file.href)
  const text = readFileSync(file, 'utf8')
  for (const [, names, from = ''] of text.matchAll(/^import ([^;]*?) from '([^']+)'/gm)) {
    if (names?.startsWith('type ')) continue
    if (from.startsWith('.')) reach(new URL(from, file), seen)
    else seen.add(from)
  }
  return seen
}

describe('webtty e2e', () => {
  it('leads a browser to the protocol room and to @noble only', () => {
    const start = ['client.ts', 'channel/end-error.ts', 'crypto/noble-crypto.ts']
    const packages = start
      .flatMap((name) => [...reach(new URL(name, import.meta.url))])
      .filter((name) => !name.startsWith('file:'))
    expect(packages.filter((name) => name !== '@towline/protocol' && !name.startsWith('@noble/'))).toEqual([])
    expect(packages.length).toBeGreaterThan(4)
  })
})
