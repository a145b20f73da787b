/** Proves what settings hold in a folder: from the home, and from projects only when a person trusts them. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { inspect } from 'node:util'
import { tempFolder } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type HomeConfig, openConfigSource } from './open-config-source.ts'

const SECRET = 'hidden-value'
const ENV = { HOME: '/home/ann', LAB_HEADER: SECRET, PASSED: 'on' }

let folder: ReturnType<typeof tempFolder>
let home: string
let project: string
let config: HomeConfig
beforeEach(() => {
  folder = tempFolder('config')
  home = join(realpathSync(folder.path), 'home')
  project = join(realpathSync(folder.path), 'project')
  mkdirSync(home)
  mkdirSync(join(project, '.git'), { recursive: true })
  mkdirSync(join(project, 'sub'))
  config = openConfigSource({ home, env: ENV })
})
afterEach(() => folder.remove())

const write = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
const own = (text: string): void => write(join(home, 'config.toml'), text)
const read = (overrides: object = {}, cwd = join(project, 'sub')) => config.read(cwd, { ...overrides })

const profile = (text: string): string => `default_permissions = "p"\n[permissions.p]\n${text}`

describe('config: refuses', () => {
  it.each([
    ['no TOML', 'model = ', 'the whole file'],
    ['a number where a text is', 'model = 1', 'model'],
    ['an unknown word', 'sandbox_mode = "open"', 'sandbox_mode'],
    ['a word for a table', 'shell_environment_policy = "core"', 'shell_environment_policy'],
    ['another wire', '[model_providers.x]\nwire_api = "chat"', 'model_providers.x.wire_api'],
    ['a provider that is not there', 'model_provider = "x"', 'model_provider'],
    [
      'a provider without an address',
      'model_provider = "x"\n[model_providers.x]\nname = "x"',
      'model_providers.x.base_url',
    ],
    ['a server that is neither', '[mcp_servers.x]\nargs = []', 'mcp_servers.x'],
    ['a server with a name that tools cannot have', '[mcp_servers."a b"]\ncommand = "x"', 'mcp_servers."a b"'],
    ['a profile that is not there', 'profile = "x"', 'profile'],
    ['permissions that are not there', 'default_permissions = "x"', 'default_permissions'],
    ['a slip in what restricts', profile('filesytem = {}'), 'permissions.p.filesytem'],
    ['permissions that say nothing', profile('description = "x"'), 'permissions.p'],
    ['permissions that extend themselves', profile('extends = "p"'), 'permissions.p.extends'],
    [
      'a readable path in a writable one',
      profile('extends = ":workspace"\n[permissions.p.filesystem]\n"/srv" = "write"\n"/srv/x" = "read"'),
      'permissions.p.filesystem."/srv/x"',
    ],
    [
      'denials where everything is allowed',
      profile('extends = ":danger-full-access"\n[permissions.p.filesystem]\n"/srv" = "deny"'),
      'permissions.p.filesystem',
    ],
    [
      'writing where only reading is',
      profile('extends = ":read-only"\n[permissions.p.filesystem]\n"/srv" = "write"'),
      'permissions.p.filesystem."/srv"',
    ],
    [
      'a relative path',
      profile('extends = ":read-only"\n[permissions.p.filesystem]\n"x" = "deny"'),
      'permissions.p.filesystem.x',
    ],
  ])('%s, by file and key', async (_, text, key) => {
    own(text)
    await expect(read()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: { key, file: join(home, 'config.toml') },
    })
  })

  it('a folder that is not there', async () => {
    await expect(read({}, join(project, 'gone'))).rejects.toMatchObject({ code: 'FOLDER_UNKNOWN' })
  })

  it('to believe what it does not know: it says so', async () => {
    own(
      'nonsense = 1\n[security]\ndeny_read_paths = ["/x"]\n[mcp_servers.x]\ncommand = "x"\ncolour = "red"\n[tui]\ntheme = "x"\n',
    )
    expect((await read()).warnings).toEqual(
      ['mcp_servers.x.colour', 'nonsense', 'security'].map(
        (key) => `The setting ${key} in ${join(home, 'config.toml')} is not known here, so it has no effect.`,
      ),
    )
  })
})

describe('config', () => {
  it('has a careful default for everything', async () => {
    expect(await read()).toMatchObject({
      model: undefined,
      provider: { id: 'openai', baseUrl: 'https://api.openai.com/v1', envKey: 'OPENAI_API_KEY' },
      approvalPolicy: 'on-request',
      sandboxMode: 'read-only',
      envPolicy: { inherit: 'all', ignoreDefaultExcludes: false, exclude: [], set: {}, includeOnly: [] },
      deniedPaths: [],
      mcpServers: [],
      trusted: false,
      warnings: [],
    })
  })

  it('reads the home, its profile, and what the request says, in that order', async () => {
    own(`model = "a"
model_provider = "lab"
model_reasoning_effort = "low"
profile = "fast"
[model_providers.lab]
name = "Lab"
base_url = "http://127.0.0.1:1/v1/"
env_key = "LAB_KEY"
request_max_retries = 1
env_http_headers = { "X-Lab" = "LAB_HEADER" }
[profiles.fast]
model = "b"
approval_policy = "never"
[profiles.other]
model = "c"
[sandbox_workspace_write]
network_access = true
writable_roots = ["/srv/data"]
`)
    const { model, effort, approvalPolicy, sandboxWorkspaceWrite, provider } = await read({
      model_reasoning_effort: 'high',
      'sandbox_workspace_write.exclude_slash_tmp': true,
    })
    expect([model, effort, approvalPolicy]).toEqual(['b', 'high', 'never'])
    expect(sandboxWorkspaceWrite).toEqual({
      writableRoots: ['/srv/data'],
      networkAccess: true,
      excludeTmpdirEnvVar: false,
      excludeSlashTmp: true,
    })
    expect(provider).toMatchObject({ id: 'lab', baseUrl: 'http://127.0.0.1:1/v1', headers: { 'X-Lab': SECRET } })
    expect((await read({ profile: 'other' })).model).toBe('c')
  })

  it('reads which variables commands get', async () => {
    verifies('app.env-policy')
    own('[shell_environment_policy]\ninherit = "core"\nexclude = ["AWS_*"]\ninclude_only = ["P*"]\nset = { A = "1" }\n')
    expect((await read()).envPolicy).toEqual({
      inherit: 'core',
      ignoreDefaultExcludes: false,
      exclude: ['AWS_*'],
      set: { A: '1' },
      includeOnly: ['P*'],
    })
  })

  it('reads what may not be read', async () => {
    verifies('app.deny-read')
    own(`default_permissions = "edge"
[permissions.base]
extends = ":workspace"
[permissions.base.filesystem]
"/srv/data" = "write"
"/etc/ssl/private" = "deny"
glob_scan_max_depth = 3
[permissions.edge]
description = "for the edge"
extends = "base"
[permissions.edge.filesystem]
"~/.ssh" = "none"
":slash_tmp" = "read"
[permissions.edge.filesystem.":workspace_roots"]
"**/*.env" = "deny"
[permissions.edge.network]
enabled = true
`)
    expect(await read()).toMatchObject({
      sandboxMode: 'workspace-write',
      sandboxWorkspaceWrite: { writableRoots: ['/srv/data'], networkAccess: true, excludeSlashTmp: true },
      deniedPaths: ['/etc/ssl/private', '/home/ann/.ssh', '**/*.env'],
    })
    expect((await read({ default_permissions: ':read-only' })).sandboxMode).toBe('read-only')
  })

  it('reads MCP servers, and prints no secret of theirs', async () => {
    verifies('agent.tools')
    own(`[mcp_servers.docs]
command = "docs"
args = ["--stdio"]
env = { DOCS_KEY = "${SECRET}" }
env_vars = ["PASSED", "ABSENT"]
cwd = "here"
startup_timeout_sec = 2
disabled_tools = ["rm"]
[mcp_servers.docs.tools.put]
approval_mode = "approve"
[mcp_servers.web]
url = "https://web.example/mcp"
bearer_token_env_var = "WEB_TOKEN"
http_headers = { X = "${SECRET}" }
enabled = false
`)
    const all = await read()
    expect(JSON.parse(JSON.stringify(all.mcpServers))).toEqual([
      {
        ...{
          name: 'docs',
          enabled: true,
          transport: 'stdio',
          command: 'docs',
          args: ['--stdio'],
          cwd: join(home, 'here'),
        },
        ...{ env: { DOCS_KEY: '***', PASSED: '***' }, disabledTools: ['rm'], approval: 'auto' },
        ...{ toolApprovals: { put: 'approve' }, startupTimeoutMs: 2000, toolTimeoutMs: 60_000 },
      },
      {
        ...{ name: 'web', enabled: false, transport: 'http', url: 'https://web.example/mcp', headers: { X: '***' } },
        ...{ bearerTokenEnvVar: 'WEB_TOKEN', disabledTools: [], approval: 'auto', toolApprovals: {} },
        ...{ startupTimeoutMs: 10_000, toolTimeoutMs: 60_000 },
      },
    ])
    expect(inspect(all, { depth: 9 })).not.toContain(SECRET)
  })
})

describe('config: tools that are allowed for good', () => {
  it('are remembered beside their server, where the home declares it', async () => {
    own('[mcp_servers.docs]\ncommand = "docs"\n')
    await config.allowTool('docs', 'put')
    await config.allowTool('other', 'put')
    expect(readFileSync(join(home, 'config.toml'), 'utf8')).toBe(
      '[mcp_servers.docs]\ncommand = "docs"\n\n[mcp_servers.docs.tools.put]\napproval_mode = "approve"\n',
    )
    expect((await read()).mcpServers[0]?.toolApprovals).toEqual({ put: 'approve' })
  })
})

describe('config of projects', () => {
  beforeEach(() => {
    write(
      join(project, '.codex', 'config.toml'),
      'model = "theirs"\nsandbox_mode = "workspace-write"\nmodel_provider = "x"\n',
    )
    write(join(project, 'sub', '.codex', 'config.toml'), 'model = "nearer"\n')
    write(join(project, '.codex', 'rules', 'a.rules'), 'prefix_rule(pattern=["make"], decision="allow")\n')
    own('model = "ours"\n')
  })

  it('has no effect before a person trusts the project', async () => {
    verifies('app.trust')
    const { model, sandboxMode, rules, trusted, warnings } = await read()
    expect([model, sandboxMode, rules, trusted]).toEqual(['ours', 'read-only', [], false])
    expect(warnings).toContain(`${join(project, '.codex', 'config.toml')} has no effect: the project is not trusted.`)
  })

  it('is not even looked into before', async () => {
    verifies('app.trust')
    write(join(project, '.codex', 'config.toml'), 'broken')
    expect((await read()).model).toBe('ours')
  })

  it('holds when a person trusts the project, the nearer the stronger, but never decides where things go', async () => {
    verifies('app.trust')
    await config.trust(join(project, 'sub'))
    expect(readFileSync(join(home, 'config.toml'), 'utf8')).toBe(
      `model = "ours"\n\n[projects.${JSON.stringify(project)}]\ntrust_level = "trusted"\n`,
    )
    const { model, provider, sandboxMode, rules, trusted, warnings } = await read()
    expect([model, provider.id, sandboxMode, trusted]).toEqual(['nearer', 'openai', 'workspace-write', true])
    expect(rules).toEqual([{ pattern: ['make'], decision: 'allow' }])
    expect(warnings).toEqual([
      `A project may not set model_provider, as ${join(project, '.codex', 'config.toml')} does: it has no effect.`,
    ])
  })

  it('is not trusted by a link that leads there from a folder that is', async () => {
    verifies('app.trust')
    const link = join(home, 'link')
    symlinkSync(project, link)
    await config.trust(home)
    expect((await read({}, link)).trusted).toBe(false)
  })

  it('is asked about everything when a person said not to trust it', async () => {
    own(`[projects.${JSON.stringify(project)}]\ntrust_level = "untrusted"\n`)
    expect(await read()).toMatchObject({ approvalPolicy: 'untrusted', sandboxMode: 'read-only', trusted: false })
  })
})

describe('what is kept from turns', () => {
  it('is the home, and what lies beside it where it is one of Towline', async () => {
    expect((await read()).keptPaths).toEqual([home])
    const own = openConfigSource({ home: join(home, 'app-server'), env: ENV })
    expect((await own.read(project)).keptPaths).toEqual([join(home, 'app-server'), home])
  })
})

describe('instructions', () => {
  it('come from the home and from the root of the project down, overrides first', async () => {
    write(join(home, 'AGENTS.md'), 'of the home')
    write(join(project, 'AGENTS.md'), 'hidden by')
    write(join(project, 'AGENTS.override.md'), 'of the root')
    write(join(project, 'sub', 'AGENTS.md'), 'of the folder')
    expect((await read()).instructions).toEqual([
      { path: join(home, 'AGENTS.md'), text: 'of the home' },
      { path: join(project, 'AGENTS.override.md'), text: 'of the root' },
      { path: join(project, 'sub', 'AGENTS.md'), text: 'of the folder' },
    ])
  })

  it('are no file outside of the project that a link in it names, and no pipe', async () => {
    write(join(home, 'secret'), 'of nobody else')
    write(join(project, 'CLAUDE.md'), 'of the project')
    symlinkSync(join(home, 'secret'), join(project, 'AGENTS.override.md'))
    symlinkSync('CLAUDE.md', join(project, 'AGENTS.md'))
    execFileSync('mkfifo', [join(project, 'sub', 'AGENTS.md')])
    expect((await read()).instructions.map(({ text }) => text)).toEqual(['of the project'])
  })

  it('wait for no pipe that a project has for its settings', async () => {
    mkdirSync(join(project, '.codex'), { recursive: true })
    execFileSync('mkfifo', [join(project, '.codex', 'config.toml')])
    expect((await read()).warnings).toEqual([])
  })

  it('are cut where they are too long, and say so', async () => {
    own('project_doc_max_bytes = 10\nproject_doc_fallback_filenames = ["NOTES.md", "../x"]\n')
    write(join(project, 'AGENTS.md'), '12345678')
    write(join(project, 'sub', 'NOTES.md'), '9\u00e4b')
    const { instructions, warnings } = await read()
    expect(instructions.map(({ text }) => text)).toEqual(['12345678', '9'])
    expect(warnings).toEqual([expect.stringContaining('NOTES.md is cut')])
  })
})
