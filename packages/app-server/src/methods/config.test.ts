/** Proves that clients read settings with where they come from, and change those of the home alone. */
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tempFolder } from '@towline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openConfigSource } from '../config/open-config-source.ts'
import { versionOf } from '../config/toml-file.ts'
import type { Caller } from '../server/method.ts'
import { CONFIG_METHODS } from './config.ts'

const TEXT = `model = "a" # mine
[mcp_servers."x"]
command = "x"
env = { KEY = "hidden" }
`

let folder: ReturnType<typeof tempFolder>
let home: string
let changes: number
beforeEach(() => {
  folder = tempFolder('config-methods')
  home = realpathSync(folder.path)
  changes = 0
  writeFileSync(join(home, 'config.toml'), TEXT)
})
afterEach(() => folder.remove())

const call = async (name: string, params: object): Promise<object> => {
  const row = CONFIG_METHODS[name]
  if (!row) throw new Error(name)
  const services = {
    config: openConfigSource({ home, env: {} }),
    cwd: home,
    configChanged: () => {
      changes += 1
    },
  }
  return await row.run(services, row.params.parse(params) as never, {} as Caller)
}
const text = (): string => readFileSync(join(home, 'config.toml'), 'utf8')
const write = (keyPath: string, value: unknown, more: object = {}): Promise<object> =>
  call('config/value/write', { keyPath, value, mergeStrategy: 'replace', ...more })

describe('config methods: refuse', () => {
  it.each([
    ['', 'x', {}, 'configValidationError', 'keyPath must not be empty'],
    ['sandbox_mode', 'open', {}, 'configValidationError', 'Invalid configuration: The setting sandbox_mode in'],
    ['model.x', 'b', {}, 'configValidationError', 'Invalid configuration: The setting the whole file in'],
    [
      'model',
      'b',
      { filePath: '/etc/config.toml' },
      'configLayerReadonly',
      'Only writes to the user config are allowed',
    ],
    [
      ...(['model', 'b', { expectedVersion: 'sha256:old' }, 'configVersionConflict'] as const),
      'Configuration was modified since last read. Fetch latest version and retry.',
    ],
    ['mcp_servers.x.env', { KEY: '***' }, {}, 'configValidationError', '*** stands for a secret, and is none'],
  ])('to write %j = %j with %j', async (key, value, more, code, message) => {
    await expect(write(key, value, more)).rejects.toMatchObject({
      code: -32600,
      message: expect.stringContaining(message) as string,
      data: { config_write_error_code: code },
    })
    expect([text(), changes]).toEqual([TEXT, 0])
  })

  it('all edits of which one is wrong', async () => {
    const edits = [
      { keyPath: 'model', value: 'b', mergeStrategy: 'replace' },
      { keyPath: 'sandbox_mode', value: 'open', mergeStrategy: 'replace' },
    ]
    await expect(call('config/batchWrite', { edits })).rejects.toMatchObject({ code: -32600 })
    expect(text()).toBe(TEXT)
  })
})

describe('config methods', () => {
  it('read what holds and where it comes from, without secrets', async () => {
    mkdirSync(join(home, '.codex'))
    writeFileSync(join(home, '.codex', 'config.toml'), 'model = "theirs"\n')
    const version = versionOf(TEXT)
    const name = { type: 'user', file: join(home, 'config.toml'), profile: null }
    const config = { model: 'a', mcp_servers: { x: { command: 'x', env: { KEY: '***' } } } }
    expect(await call('config/read', { includeLayers: true })).toEqual({
      config,
      origins: {
        model: { name, version },
        'mcp_servers.x.command': { name, version },
        'mcp_servers.x.env.KEY': { name, version },
      },
      layers: [
        {
          name: { type: 'project', dotCodexFolder: join(home, '.codex') },
          version: versionOf('model = "theirs"\n'),
          config: { model: 'theirs' },
          disabledReason: 'the project is not trusted',
        },
        { name, version, config, disabledReason: null },
      ],
    })
    expect(await call('configRequirements/read', {})).toEqual({ requirements: null })
  })

  it('read no variables of commands and no words of queries, which may be secrets', async () => {
    await write('shell_environment_policy.set', { KEY: 'hidden' })
    await write('model_providers.lab', { base_url: 'https://lab.example', query_params: { key: 'hidden' } })
    expect(JSON.stringify(await call('config/read', { includeLayers: true }))).not.toContain('hidden')
  })

  it('write, with the version that is read next, and keep comments', async () => {
    const written = await write('model', 'b', { expectedVersion: versionOf(TEXT) })
    const after = TEXT.replace('"a"', '"b"')
    expect(written).toEqual({
      status: 'ok',
      version: versionOf(after),
      filePath: join(home, 'config.toml'),
      overriddenMetadata: null,
    })
    expect([text(), changes]).toEqual([after, 1])
  })

  it('write several at once, and take settings out', async () => {
    const edits = [
      { keyPath: 'model', value: null, mergeStrategy: 'replace' },
      { keyPath: 'projects."/srv/a b".trust_level', value: 'trusted', mergeStrategy: 'upsert' },
      {
        keyPath: 'sandbox_workspace_write',
        value: { network_access: true, writable_roots: null },
        mergeStrategy: 'upsert',
      },
    ]
    await call('config/batchWrite', { edits })
    expect(text()).toBe(`${TEXT.replace('model = "a" # mine\n', '')}
[projects."/srv/a b"]
trust_level = "trusted"

[sandbox_workspace_write]
network_access = true
`)
  })
})
