/** Judges the tools of a workstation by stock Claude Code: healthy over standard input and output, and over HTTP on a tunnel. */
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AgentHome, openAgentHome } from '../mcp/agent-home.ts'
import { agent, WITHOUT_AGENTS } from '../mcp/judges.ts'
import { openModel } from '../mcp/model.ts'
import { succeed } from '../processes.ts'
import { contextOf, openTowline, type Towline, towline } from '../towline.ts'
import { publishTools } from './publish.ts'

/** Puts Claude Code into PATH, as somebody has it who installed it. */
const withClaude = (home: AgentHome): Readonly<Record<string, string>> => {
  const bin = join(home.path, 'bin')
  mkdirSync(bin)
  symlinkSync(agent('claude'), join(bin, 'claude'))
  chmodSync(bin, 0o755)
  return { ...home.env, PATH: `${bin}:${home.env['PATH']}` }
}

describe.skipIf(WITHOUT_AGENTS)('interop claude code, local tools', () => {
  let server: Towline
  let home: AgentHome
  beforeAll(async () => {
    server = await openTowline()
    home = openAgentHome()
  })
  afterAll(async () => {
    await server?.close()
    home?.remove()
  })

  const claude = (...words: readonly string[]) => succeed(home.bare(agent('claude'), ...words), { cwd: home.path })

  it('claude setup registers the tools by Claude Code itself, which finds them healthy', async () => {
    verifies('agent.setup.claude', 'mcp.serve')
    const env = Object.entries({ ...withClaude(home), TOWLINE_HOME: server.env['TOWLINE_HOME'] as string })
    const setup = async (...words: readonly string[]) =>
      JSON.parse(
        await succeed([
          'env',
          '-i',
          ...env.map(([name, value]) => `${name}=${value}`),
          ...towline('claude', 'setup', ...words, '-o', 'json'),
        ]),
      )
    expect(await setup('--verify')).toMatchObject({ status: 'installed', how: 'cli', verified: { ready: true } })
    expect((await setup()).status).toBe('unchanged')
    expect(await claude('mcp', 'list')).toMatch(/towline: .* Connected/)
    expect(await setup('--profile', 'read-only')).toMatchObject({ status: 'repaired', how: 'cli' })
    expect(await claude('mcp', 'get', 'towline')).toMatch(/read-only/)
  })

  it('a model that Claude Code asks calls a tool', async () => {
    verifies('mcp.serve', 'mcp.status')
    const tool = 'mcp__towline__towline_runtime_status'
    const model = await openModel(tool)
    const env = [`ANTHROPIC_BASE_URL=${model.url}`, 'ANTHROPIC_API_KEY=none', 'ENABLE_TOOL_SEARCH=false']
    const prompt = ['-p', 'Is Towline ready?', '--output-format', 'stream-json', '--verbose', '--allowedTools', tool]
    await succeed(home.bare(...env, agent('claude'), ...prompt), { cwd: home.path })
    await model.close()
    expect(JSON.parse(model.answer())).toMatchObject({ ready: true })
  })

  it('published tools are healthy over HTTP with a token, and not without', async () => {
    verifies('mcp.publish')
    const url = await publishTools(server, '--name', 'desk')
    const bearer = `Authorization: Bearer ${contextOf(server).token}`
    await claude('mcp', 'add', '--transport', 'http', 'desk', url, '-H', bearer)
    await claude('mcp', 'add', '--transport', 'http', 'bare', url)
    const listed = await claude('mcp', 'list')
    expect(listed).toMatch(/desk: .* Connected/)
    expect(listed).not.toMatch(/bare: .* Connected/)
  })
})
