/** Proves that one server goes into Codex's settings and out of them, and that no other byte changes. */
import { tomlStatements } from '@towline/base'
import { AppError } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import fc from 'fast-check'
import { parse, stringify } from 'smol-toml'
import { describe, expect, it } from 'vitest'
import type { Entry } from './entry.ts'
import { withEntry, withoutEntry } from './entry-format.ts'
import { tomlEntry } from './toml-entry.ts'

const ENTRY: Entry = { command: '/usr/bin/node', args: ['/opt/a b"\u007f.js', 'mcp'], env: { TOWLINE_HOME: '/x' } }
const BARE: Entry = { ...ENTRY, env: {} }
const about = (text: string) => ({ agent: 'codex', file: 'config.toml', text })
const put = (text: string, entry = ENTRY, anew = false) =>
  withEntry(tomlEntry, about(text), { name: 'towline', entry, anew })
const take = (text: string) => withoutEntry(tomlEntry, about(text), 'towline')

const PERSON = `# mine
model = "none" # keep

[mcp_servers.other] # comment
command = "x"
args = [ # first
  "[mcp_servers.towline]", # in a list
]
notes = """
[mcp_servers.towline]
command = "not this"
"""

[[things]]
when = 1979-05-27T07:32:00Z
'a.b' = { deep = [1, 2], text = '[x]' }
`

const BLOCK = `[mcp_servers.towline]
command = "/usr/bin/node"
args = ["/opt/a b\\"\\u007f.js", "mcp"]
env = { "TOWLINE_HOME" = "/x" }
`

describe('agent setup, toml', () => {
  it('setup toml: adds a table at the end, and taking it out leaves the file as it was', async () => {
    verifies('agent.setup.codex')
    for (const before of ['', PERSON, PERSON.replaceAll('\n', '\r\n')]) {
      const after = await put(before)
      const block = before.includes('\r\n') ? BLOCK.replaceAll('\n', '\r\n') : BLOCK
      expect(after.startsWith(before)).toBe(true)
      expect(after.endsWith(block)).toBe(true)
      expect(await take(after)).toBe(before)
    }
    expect(await take(await put('a = 1'))).toBe('a = 1\n')
  })

  it('setup toml: changes what is ours where it stands; settings and comments of a person stay', async () => {
    verifies('agent.setup.codex')
    const before = `[mcp_servers.towline] # mine
args = [
  "old",
] # why
tool_timeout_sec = 99
command = 'old' # really

[mcp_servers.towline.env] # of old
# a note
TOWLINE_HOME = "/old"

[mcp_servers.other]
command = "x"
`
    expect(await put(before)).toBe(`[mcp_servers.towline] # mine
env = { "TOWLINE_HOME" = "/x" }
args = ["/opt/a b\\"\\u007f.js", "mcp"] # why
tool_timeout_sec = 99
command = "/usr/bin/node" # really

# a note

[mcp_servers.other]
command = "x"
`)
  })

  it.each([
    ['[mcp_servers."towline"]\ncommand = "a"\nenv = { A = "b" } # c\n', BARE, '[mcp_servers."towline"]\nargs'],
    ['[ mcp_servers . \'towline\' ]\ncommand = "a"\nenv.A = "b"', ENTRY, "[ mcp_servers . 'towline' ]\nargs"],
    ['[mcp_servers.towline]', ENTRY, '[mcp_servers.towline]\ncommand'],
  ])('setup toml: knows other spellings: %j', async (before, entry, begin) => {
    const after = await put(before, entry)
    expect(after.startsWith(begin)).toBe(true)
    expect(parse(after)).toEqual({ mcp_servers: { towline: tomlEntry.shape(entry) } })
  })

  it('setup toml: replaces a server of another sort whole', async () => {
    const before = '[mcp_servers.towline]\nurl = "http://x"\nbearer_token_env_var = "T"\n\n[z]\na = 1\n'
    expect(await put(before, ENTRY, true)).toBe(`\n[z]\na = 1\n\n${BLOCK}`)
  })

  it.each([
    'mcp_servers = { towline = { command = "a" } }\n',
    'mcp_servers.towline.command = "a"\n',
    '[mcp_servers]\ntowline = { command = "a" }\n',
    'mcp_servers = {}\n',
  ])('setup toml: refuses what cannot be changed alone: %j', async (before) => {
    await expect(put(before)).rejects.toThrow(
      new AppError('AGENT_FILE_UNEDITABLE', { agent: 'codex', file: 'config.toml' }),
    )
  })

  it('setup toml: names the file that is not valid', async () => {
    await expect(put('a = \n')).rejects.toMatchObject({ code: 'CONFIG_INVALID', details: { file: 'config.toml' } })
    await expect(put('mcp_servers = 3\n')).rejects.toMatchObject({ details: { key: 'mcp_servers' } })
  })

  const text = fc.string({ maxLength: 12 })
  const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      text,
      fc.integer(),
      fc.boolean(),
      fc.array(tie('value'), { maxLength: 3 }),
      tie('table'),
    ),
    table: fc.dictionary(text, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  })).value

  it('setup toml: finds every statement of any file, and goes in and out without a trace', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(text, value, { maxKeys: 4, noNullPrototype: true }), async (others) => {
        const { towline: _, ...rest } = others
        const before = stringify({ ...rest, mcp_servers: { other: { command: 'x', notes: '"""[a]\n' } } })
        const statements = tomlStatements(before)
        expect(statements.map(({ start, end }) => before.slice(start, end)).join('')).toBe(before)
        const after = await put(before)
        expect(parse(after)['mcp_servers']).toMatchObject({ towline: tomlEntry.shape(ENTRY) })
        expect(await put(after)).toBe(after)
        expect(await take(after)).toBe(before)
      }),
      { numRuns: 200 },
    )
  })
})
