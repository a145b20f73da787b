/** Proves the setup of agents: what is registered, what is left alone, and by whom the file is changed. */
import { chmod, lstat, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { replaceAgentFile } from './agent-file.ts'
import type { AgentName } from './agents.ts'
import { setupAgent, type SetupRequest } from './setup-agent.ts'

const PROGRAM = ['/usr/bin/node', '/opt/towline/dist/towline.js']
const { signal } = new AbortController()
let home: string
let env: Record<string, string>

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'towline-agents-'))
  env = { HOME: home, PATH: '/nowhere', TOWLINE_HOME: join(home, 'state'), TOWLINE_TOKEN: 'tow_secret_token' }
})
afterEach(() => rm(home, { recursive: true, force: true }))

const setup = (agent: AgentName, more: Partial<SetupRequest> = {}) =>
  setupAgent(agent, { env, program: PROGRAM, profile: 'admin', signal, ...more })

const fileOf = { codex: () => join(home, '.codex', 'config.toml'), claude: () => join(home, '.claude.json') }
const COMMAND = [...PROGRAM, 'mcp', 'serve', '--profile', 'admin']

/** Stands in for an agent's command line: it writes down how it was called, and then does as told. */
const fakeCli = async (name: string, does: string): Promise<void> => {
  const bin = join(home, 'bin')
  await mkdir(bin, { recursive: true })
  await writeFile(join(bin, name), `#!/bin/sh\nenv | sort > ${home}/env; echo "$@" >> ${home}/called\n${does}\n`)
  await chmod(join(bin, name), 0o755)
  env = { ...env, PATH: `${bin}:/usr/bin:/bin` }
}

describe.each(['codex', 'claude'] as const)('agent setup, %s', (agent) => {
  const requirement = agent === 'codex' ? 'agent.setup.codex' : 'agent.setup.claude'

  it('setup: installs once, repairs what moved, changes nothing twice, and goes again', async () => {
    verifies(requirement)
    const file = fileOf[agent]()
    expect(await setup(agent)).toEqual({ agent, status: 'installed', how: 'file', file, command: COMMAND })
    const text = await readFile(file, 'utf8')
    expect(text).toContain(join(home, 'state'))
    expect(text).not.toContain('tow_secret')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await setup(agent)).toEqual({ agent, status: 'unchanged', file, command: COMMAND })
    expect(await setup(agent, { profile: 'read-only' })).toMatchObject({ status: 'repaired', how: 'file' })
    expect(await setup(agent, { contextName: 'work' })).toMatchObject({ status: 'repaired' })
    expect(await readFile(file, 'utf8')).toContain('work')
    expect(await setup(agent, { remove: true })).toEqual({ agent, status: 'removed', how: 'file', file })
    expect(await readFile(file, 'utf8')).not.toContain('towline.js')
    expect(await setup(agent, { remove: true })).toEqual({ agent, status: 'absent', file })
  })

  it('setup: leaves a server of our name that is not ours, unless told', async () => {
    verifies(requirement)
    const file = fileOf[agent]()
    const foreign =
      agent === 'codex'
        ? '[mcp_servers.towline]\ncommand = "other"\nargs = ["mcp", "serve"]\n'
        : '{"mcpServers":{"towline":{"type":"http","url":"https://example.test"}}}'
    await mkdir(join(home, '.codex'))
    await writeFile(file, foreign)
    expect(await setup(agent)).toMatchObject({ status: 'conflict' })
    expect(await setup(agent, { remove: true })).toMatchObject({ status: 'conflict' })
    expect(await readFile(file, 'utf8')).toBe(foreign)
    expect(await setup(agent, { force: true })).toMatchObject({ status: 'installed', command: COMMAND })
    expect(await readFile(file, 'utf8')).not.toMatch(/other|example/)
  })

  it('setup: follows a link, and keeps the mode of the file', async () => {
    verifies(requirement)
    const [file, real] = [fileOf[agent](), join(home, 'dotfile')]
    await mkdir(join(home, '.codex'))
    await writeFile(real, agent === 'codex' ? '# mine\n' : '{"mine":1}')
    await chmod(real, 0o640)
    await symlink(real, file)
    await setup(agent)
    expect((await lstat(file)).isSymbolicLink()).toBe(true)
    expect(await readFile(real, 'utf8')).toMatch(/mine[\s\S]*towline/)
    expect((await stat(real)).mode & 0o777).toBe(0o640)
  })

  it("setup: asks the agent's own command line, in a clean environment", async () => {
    verifies(requirement)
    await mkdir(join(home, '.codex'))
    const other = await mkdtemp(join(tmpdir(), 'towline-agents-'))
    await setupAgent(agent, { env: { ...env, HOME: other }, program: PROGRAM, profile: 'admin', signal })
    const made = fileOf[agent]().replace(home, other)
    await fakeCli(agent, `cp ${made} ${fileOf[agent]()}`)
    expect(await setup(agent)).toMatchObject({ status: 'installed', how: 'cli', command: COMMAND })
    const scope = agent === 'codex' ? '' : '--scope user '
    expect(await readFile(join(home, 'called'), 'utf8')).toBe(
      `mcp add ${scope}towline --env TOWLINE_HOME=${join(home, 'state')} -- ${COMMAND.join(' ')}\n`,
    )
    expect(await readFile(join(home, 'env'), 'utf8')).not.toMatch(/TOWLINE|secret/)
    await rm(other, { recursive: true })
  })

  it('setup: does in the file what the command line leaves undone', async () => {
    verifies(requirement)
    await fakeCli(agent, 'exit 1')
    expect(await setup(agent)).toMatchObject({ status: 'installed', how: 'file' })
    expect(await setup(agent, { remove: true })).toMatchObject({ status: 'removed', how: 'file' })
  })

  it('setup: says why a registered command serves nothing', async () => {
    verifies(requirement)
    const program = [process.execPath, '-e', 'console.error("no such towline"); process.exit(3)', 'towline']
    await expect(setup(agent, { program, verify: true })).rejects.toMatchObject({
      code: 'AGENT_START_FAILED',
      details: { problem: expect.stringContaining('no such towline') },
    })
  })
})

describe('agent setup, files of agents', () => {
  it("setup: what a person added to the environment stays, and goes into nobody's arguments", async () => {
    await setup('claude')
    const file = fileOf.claude()
    const now = JSON.parse(await readFile(file, 'utf8'))
    now.mcpServers.towline.env.TOWLINE_TOKEN = 'tow_crd_mine'
    await writeFile(file, JSON.stringify(now))
    await fakeCli('claude', 'exit 1')
    expect(await setup('claude')).toMatchObject({ status: 'unchanged' })
    expect(await setup('claude', { profile: 'operate' })).toMatchObject({ status: 'repaired', how: 'file' })
    expect(JSON.parse(await readFile(file, 'utf8')).mcpServers.towline.env).toMatchObject({
      TOWLINE_TOKEN: 'tow_crd_mine',
    })
    await expect(readFile(join(home, 'called'))).rejects.toThrow('ENOENT')
  })

  it('setup: leaves Codex settings with other servers to itself, as its command line loses their comments', async () => {
    await mkdir(join(home, '.codex'))
    await writeFile(fileOf.codex(), '[mcp_servers.other] # mine\ncommand = "x"\n')
    await fakeCli('codex', 'exit 1')
    expect(await setup('codex')).toMatchObject({ status: 'installed', how: 'file' })
    await expect(readFile(join(home, 'called'))).rejects.toThrow('ENOENT')
  })

  it('setup: a proxy is declared, but not its password', async () => {
    env = { ...env, HTTPS_PROXY: 'http://proxy.test:3128', https_proxy: 'http://me:secret@proxy.test' }
    await setup('codex')
    const text = await readFile(fileOf.codex(), 'utf8')
    expect(text).toContain('http://proxy.test:3128')
    expect(text).not.toContain('secret')
  })

  it('setup: refuses to write over what another program wrote meanwhile', async () => {
    const file = join(home, 'f')
    await writeFile(file, 'new')
    await expect(replaceAgentFile(file, 'old', 'ours')).rejects.toMatchObject({ code: 'AGENT_FILE_CHANGED' })
    expect(await readFile(file, 'utf8')).toBe('new')
  })
})
