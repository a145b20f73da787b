/** Proves that machines go into Codex's environments and out of them, and that nothing else in its file changes. */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tempFolder } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { parse } from 'smol-toml'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addCodexEnvironment, listCodexEnvironments, removeCodexEnvironment } from './codex-environments.ts'

const PERSON = `# mine
default = "other" # for now

[[environments]] # not ours
id = "other"
url = "wss://other.example/"
auth_bearer_token = "[[environments]]" # looks like it

[unrelated]
list = [ # first
  1,
]
`

let folder: ReturnType<typeof tempFolder>
let env: Readonly<Record<string, string>>
let file: string
beforeEach(() => {
  folder = tempFolder('codex-env')
  env = { CODEX_HOME: folder.path, TOWLINE_HOME: '/state', HTTPS_PROXY: 'http://me:secret@proxy:1' }
  file = join(folder.path, 'environments.toml')
})
afterEach(() => folder.remove())

const add = (machine: string, more: object = {}) =>
  addCodexEnvironment({ env, machine, makeDefault: false, program: ['/usr/bin/node', '/opt/towline.js'], ...more })
const text = (): string => readFileSync(file, 'utf8')

describe('codex environments: refuse', () => {
  it.each([
    ['tow://edge lab', {}],
    ['https://edge-lab.example', {}],
    ['local', {}],
    ['edge-lab', { id: 'none' }],
    ['edge-lab', { id: 'x'.repeat(65) }],
  ])('the name of %s with %j', async (machine, more) => {
    await expect(add(machine, more)).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  })

  it('to replace or remove what others have added', async () => {
    writeFileSync(file, PERSON)
    await expect(add('other')).rejects.toMatchObject({ code: 'CODEX_ENV_TAKEN' })
    await expect(removeCodexEnvironment(env, 'other')).rejects.toMatchObject({ code: 'CODEX_ENV_TAKEN' })
    await expect(removeCodexEnvironment(env, 'nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(text()).toBe(PERSON)
  })

  it.each([
    ['no TOML', 'default = ', 'CONFIG_INVALID'],
    ['a list in one line', 'environments = [{ id = "a", url = "ws://a" }]\n', 'AGENT_FILE_UNEDITABLE'],
  ])('a file with %s', async (_, before, code) => {
    writeFileSync(file, before)
    await expect(add('edge-lab')).rejects.toMatchObject({ code })
    expect(text()).toBe(before)
  })
})

describe('codex environments', () => {
  it('are added to a file that is not there, for its user alone, and hold no login', async () => {
    verifies('execd.bridge')
    const added = await add('edge-lab', { makeDefault: true })
    expect(added).toEqual({ id: 'edge-lab', machine: 'edge-lab', isDefault: true, file })
    expect(parse(text())).toEqual({
      default: 'edge-lab',
      environments: [
        {
          id: 'edge-lab',
          program: '/usr/bin/node',
          args: ['/opt/towline.js', 'exec-server', 'bridge', 'edge-lab'],
          env: { TOWLINE_HOME: '/state' },
        },
      ],
    })
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('leave every other byte of the file as it was', async () => {
    verifies('execd.bridge')
    writeFileSync(file, PERSON)
    await add('edge-lab')
    expect(text().startsWith(PERSON)).toBe(true)
    await removeCodexEnvironment(env, 'edge-lab')
    expect(text()).toBe(PERSON)
  })

  it('are changed where they stand, with what a person wrote around', async () => {
    await add('edge-lab')
    writeFileSync(file, text().replace('id =', '# by me\ninitialize_timeout_sec = 20\nid ='))
    await add('tow://edge-lab', { cwd: '/srv', contextName: 'work' })
    expect(text()).toContain('# by me\ninitialize_timeout_sec = 20\nid = "edge-lab"')
    const { environments } = parse(text()) as { environments: { args: unknown; env: unknown }[] }
    expect(environments).toHaveLength(1)
    expect(environments[0]?.args).toEqual([
      '/opt/towline.js',
      'exec-server',
      'bridge',
      'tow://edge-lab',
      '--cwd',
      '/srv',
    ])
    expect(environments[0]?.env).toEqual({ TOWLINE_HOME: '/state', TOWLINE_CONTEXT: 'work' })
  })

  it('change nothing when the same is added again', async () => {
    await add('edge-lab')
    const before = [text(), statSync(file).ino]
    await add('edge-lab')
    expect([text(), statSync(file).ino]).toEqual(before)
  })

  it('take the default with them when they go', async () => {
    writeFileSync(file, PERSON)
    await add('edge-lab', { makeDefault: true })
    expect(text()).toContain('default = "edge-lab" # for now')
    expect((await listCodexEnvironments(env)).map(({ id, isDefault }) => [id, isDefault])).toEqual([
      ['other', false],
      ['edge-lab', true],
    ])
    await removeCodexEnvironment(env, 'edge-lab')
    expect(parse(text())).not.toHaveProperty('default')
    expect(text()).toContain('# mine')
  })
})
