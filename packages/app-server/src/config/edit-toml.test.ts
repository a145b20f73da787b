/** Proves that single settings are changed, and that no other byte of the text is. */
import fc from 'fast-check'
import { parse } from 'smol-toml'
import { describe, expect, it } from 'vitest'
import { editToml, type TomlEdit } from './edit-toml.ts'

const PERSON = `# mine
model = "a" # for now

[sandbox_workspace_write] # careful
network_access = false
writable_roots = [ # two
  "/x",
]

[mcp_servers.docs]
command = "docs"
env = { A = "1", B = "2" }

[projects."/srv/app"]
trust_level = "trusted"
`

const set = (path: string, value: unknown, upsert = false): TomlEdit => ({ path: path.split('/'), value, upsert })
const edit = (...edits: readonly TomlEdit[]): Promise<string> => editToml('config.toml', PERSON, edits)

describe('toml edits', () => {
  it.each<[string, TomlEdit, string, string]>([
    ['a value', set('model', 'b'), 'model = "a" # for now', 'model = "b" # for now'],
    ['a new value', set('model_provider', 'x'), '# for now\n', '# for now\nmodel_provider = "x"\n'],
    [
      'one in a table',
      set('sandbox_workspace_write/exclude_slash_tmp', true),
      '"/x",\n]\n',
      '"/x",\n]\nexclude_slash_tmp = true\n',
    ],
    ['one in a line', set('mcp_servers/docs/env/A', '3'), '{ A = "1", B = "2" }', '{ A = "3", B = "2" }'],
    ['a list', set('sandbox_workspace_write/writable_roots', ['/y']), '[ # two\n  "/x",\n]', '["/y"]'],
    ['a joined table', set('mcp_servers/docs', { command: 'other' }, true), 'command = "docs"', 'command = "other"'],
    ['what goes', set('model', undefined), 'model = "a" # for now\n', ''],
    ['a table that goes', set('projects', undefined), '\n[projects."/srv/app"]\ntrust_level = "trusted"\n', ''],
  ])('change %s where it stands', async (_, one, before, after) => {
    expect(PERSON).toContain(before)
    expect(await edit(one)).toBe(PERSON.replace(before, after))
  })

  it('put a new table at the end', async () => {
    const one = { path: ['projects', '/srv/b c', 'trust_level'], value: 'trusted', upsert: false }
    expect(await edit(one)).toBe(`${PERSON}\n[projects."/srv/b c"]\ntrust_level = "trusted"\n`)
    expect(await editToml('f', '', [one])).toBe('[projects."/srv/b c"]\ntrust_level = "trusted"\n')
    expect(await editToml('f', '[a]\n', [set('b', 1)])).toBe('b = 1\n\n[a]\n')
  })

  it('replace a table by another, and touch nothing when nothing changes', async () => {
    const replaced = await edit(set('mcp_servers/docs', { command: 'x' }))
    expect(parse(replaced)).toMatchObject({ mcp_servers: { docs: { command: 'x' } } })
    expect(replaced).not.toContain('env')
    expect(await edit(set('model', 'a'))).toBe(PERSON)
  })

  it.each([
    ['below a value', set('model/x', 1)],
    ['in a list of tables', set('list/x', 1)],
  ])('refuse %s', async (_, one) => {
    await expect(editToml('f', `model = "a"\n[[list]]\ny = 1\n`, [one])).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    })
  })

  it('come to what they say, whatever they are', async () => {
    const key = fc.constantFrom('a', 'b c', 'model', 'docs', 'env', 'mcp_servers')
    const value = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.array(fc.string()),
      fc.dictionary(key, fc.string()),
    )
    const one = fc.record({ path: fc.array(key, { minLength: 1, maxLength: 4 }), value, upsert: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(one, { maxLength: 4 }), async (edits) => {
        // Proven by itself, or refused.
        const text = await editToml('f', PERSON, edits).catch(() => PERSON)
        expect(text).toContain('# mine\n')
      }),
      { numRuns: 200 },
    )
  })
})
