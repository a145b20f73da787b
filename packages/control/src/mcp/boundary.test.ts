/** Proves what the hosted endpoint cannot do: run, dial, host a tunnel or touch a file; nothing it loads could. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { openMcpFixture, type Told } from './mcp.fixture.ts'

const MUST_NOT =
  /exec|run|shell|command|process|spawn|dial|connect|tunnel|forward|publish|expose|file|_fs_|path|webtty|terminal|remote/

/** What may be loaded besides files of this room: nothing of it runs programs, opens sockets or reads files for us. */
const PACKAGES = new Set([
  ...['@modelcontextprotocol/server', '@modelcontextprotocol/server/ext/skills', '@hono/zod-openapi', 'zod', 'kysely'],
  ...['re2js', 'node:crypto', 'node:path', 'hono/http-exception', '@towline/protocol', '@towline/base'],
])
/** Of the ground floor, which also has sockets: only these. */
const FROM_BASE = new Set(['newId', 'randomText', 'Secret'])

describe('mcp boundary', () => {
  it('offers no tool that runs, dials, hosts a tunnel or touches a file', async () => {
    verifies('hosted-mcp.boundary')
    const mcp = await openMcpFixture()
    const { tools } = (await mcp.rpc('tools/list')).body.result
    await mcp.close()
    expect(tools.map(({ name }: Told) => name).filter((name: string) => MUST_NOT.test(name))).toEqual([])
    const inputs = tools.flatMap(({ name, inputSchema }: Told) =>
      Object.keys(inputSchema.properties).map((key) => `${name} ${key}`),
    )
    // A page's, and a filter of logs.
    expect(inputs.filter((input: string) => MUST_NOT.test(input.split(' ')[1] as string))).toEqual([
      'towline_doc_read path',
      'towline_project_logs tunnel',
    ])
  })

  it('loads nothing that could', () => {
    verifies('hosted-mcp.boundary')
    const { packages, base, files } = reached(fileURLToPath(new URL('hosted-mcp.ts', import.meta.url)))
    expect(files.size).toBeGreaterThan(20)
    expect([...packages].filter((name) => !PACKAGES.has(name))).toEqual([])
    expect([...base].filter((name) => !FROM_BASE.has(name))).toEqual([])
  })
})

interface Reached {
  readonly files: Set<string>
  readonly packages: Set<string>
  /** Names that are taken from the ground floor. */
  readonly base: Set<string>
}

/** Imports at run time, from a file on; types do not count. */
const reached = (
  file: string,
  found: Reached = { files: new Set(), packages: new Set(), base: new Set() },
): Reached => {
  if (found.files.has(file)) return found
  found.files.add(file)
  const text = readFileSync(file, 'utf8')
  for (const [, names = '', from] of text.matchAll(/^(?:import|export) (?!type )(?:([^'";]*?) from )?'([^']+)'/gm)) {
    const values = [...names.matchAll(/(?<!type )\b\w+/g)].map(([name]) => name).filter((name) => name !== 'type')
    if (from === '@towline/base') for (const name of values) found.base.add(name)
    follow(from as string, file, found)
  }
  for (const [, from] of text.matchAll(/\bimport\('([^']+)'\)/g)) follow(from as string, file, found)
  return found
}

const follow = (from: string, file: string, found: Reached): void => {
  if (!from.startsWith('.')) return void found.packages.add(from)
  const next = join(dirname(file), from)
  if (!existsSync(next)) throw new Error(`${file} imports ${from}, which is not there`)
  reached(next, found)
}
