/** Proves that one server goes into Claude Code's settings and out of them, and that no other byte changes. */
import { verifies } from '@towline/testkit/verifies'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Entry } from './entry.ts'
import { withEntry, withoutEntry } from './entry-format.ts'
import { jsonEntry } from './json-entry.ts'

const ENTRY: Entry = { command: '/usr/bin/node', args: ['a.js', 'mcp'], env: { TOWLINE_HOME: '/x' } }
const about = (text: string) => ({ agent: 'claude', file: '.claude.json', text })
const put = (text: string, entry = ENTRY, anew = false) =>
  withEntry(jsonEntry, about(text), { name: 'towline', entry, anew })
const take = (text: string) => withoutEntry(jsonEntry, about(text), 'towline')

const WRITTEN = (unit: string, more = '') =>
  `{\n${unit}"n": 1e3,\n${unit}"mcpServers": {\n${unit}${unit}"other": { "a": ["}", "{"] }${more}\n${unit}},\n${unit}"z": "\\u00e9"\n}`

describe('agent setup, json', () => {
  it('setup json: makes the file, the servers and the entry, by the spaces of the file', async () => {
    verifies('agent.setup.claude')
    const whole = JSON.stringify({ mcpServers: { towline: jsonEntry.shape(ENTRY) } }, null, 2)
    expect(await put('')).toBe(`${whole}\n`)
    expect(await put('{}')).toBe(whole)
    expect(JSON.parse(await put('{"a":1}'))).toEqual({ a: 1, mcpServers: { towline: jsonEntry.shape(ENTRY) } })
    const own = JSON.stringify(jsonEntry.shape(ENTRY), null, '\t').replaceAll('\n', '\n\t\t')
    expect(await put(WRITTEN('\t'))).toBe(WRITTEN('\t', `,\n\t\t"towline": ${own}`))
  })

  it('setup json: taking it out leaves the file as it was, wherever it stood', async () => {
    verifies('agent.setup.claude')
    for (const before of [
      WRITTEN('  '),
      WRITTEN(' ').replaceAll('\n', '\r\n'),
      '{"mcpServers":{}}',
      '{"mcpServers":{"a":{}}}',
    ])
      expect(await take(await put(before))).toBe(before)
    expect(await take('{"mcpServers":{"towline":{"command":"x"}, "b":{}}}')).toBe('{"mcpServers":{"b":{}}}')
  })

  it('setup json: keeps members of the entry that are not ours, unless it is another sort', async () => {
    const before = '{"mcpServers":{"towline":{"timeout":9,"command":"old","args":[],"env":{}}}}'
    expect(JSON.parse(await put(before)).mcpServers.towline).toEqual({ timeout: 9, ...jsonEntry.shape(ENTRY) })
    const foreign = '{"mcpServers":{"towline":{"type":"http","url":"http://x"}}}'
    expect(JSON.parse(await put(foreign, ENTRY, true)).mcpServers.towline).toEqual(jsonEntry.shape(ENTRY))
  })

  it.each(['{', '[]', '{"mcpServers":[]}', '{} // no'])('setup json: refuses what is not valid: %s', async (text) => {
    await expect(put(text)).rejects.toMatchObject({ code: 'CONFIG_INVALID', details: { file: '.claude.json' } })
  })

  it('setup json: goes into and out of any file without a trace', async () => {
    const file = fc.tuple(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(undefined, 1, 4, '\t'))
    await fc.assert(
      fc.asyncProperty(file, async ([others, indent]) => {
        const before = JSON.stringify({ ...others, mcpServers: { a: others } }, null, indent)
        const after = await put(before)
        expect(await put(after)).toBe(after)
        expect(await take(after)).toBe(before)
      }),
      { numRuns: 200 },
    )
  })
})
