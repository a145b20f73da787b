/** Proves the tools of the hosted MCP endpoint: what there is, what it takes and answers, and what it leaves behind. */
import { ALL_PERMISSIONS, LIMITS, PERMISSIONS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OPERATIONS } from '../api/registry.ts'
import { addProject } from '../project/project-store.ts'
import { LEGACY, MODERN, type McpFixture, openMcpFixture, type Told } from './mcp.fixture.ts'
import { oauthDescription } from '../oauth/metadata.ts'
import { MCP_PATH, siteMcp } from './mcp-deps.ts'

let mcp: McpFixture
let owner: string
let tools: Told[]

beforeAll(async () => {
  mcp = await openMcpFixture()
  owner = (await mcp.person('owner')).token
  tools = (await mcp.rpc('tools/list')).body.result.tools
})
afterAll(() => mcp.close())

const named = (name: string): Told => tools.find((tool) => tool.name === name)
const answers = (tool: Told, content: unknown): unknown => {
  const check = new Ajv2020({ strict: false, validateFormats: false }).compile(tool.outputSchema)
  return check(content) ? [] : check.errors
}

describe('mcp tools', () => {
  it('are those of the operations, and those of discovery', () => {
    verifies('hosted-mcp.tools')
    const ofOperations = OPERATIONS.flatMap((op) => (op.mcp ? [op.mcp.name] : []))
    expect(tools.map(({ name }) => name).slice(-ofOperations.length)).toEqual(ofOperations)
    expect(tools).toHaveLength(ofOperations.length + 7)
  })

  it('are named towline_<noun>_<verb>, described, strict, and tell what they need', () => {
    for (const { name, description, inputSchema, outputSchema, annotations, _meta } of tools) {
      expect(name).toMatch(/^towline_([a-z]+_)*[a-z]+$/)
      expect(description.length).toBeGreaterThan(20)
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false })
      expect(outputSchema.type).toBe('object')
      expect(Object.keys(annotations).toSorted()).toEqual([
        ...['destructiveHint', 'idempotentHint', 'openWorldHint', 'readOnlyHint', 'title'],
      ])
      const [scheme] = _meta.securitySchemes
      for (const scope of scheme.scopes ?? []) expect(ALL_PERMISSIONS).toContain(scope)
      expect(JSON.stringify({ inputSchema, outputSchema })).not.toContain('$ref')
    }
  })

  it('reads are marked as such, and changes are not', () => {
    const marked = OPERATIONS.flatMap((op) =>
      op.mcp ? [[op.risk === 'read', named(op.mcp.name).annotations.readOnlyHint]] : [],
    )
    expect(marked.filter(([reads, hint]) => reads !== hint)).toEqual([])
    expect(named('towline_project_delete').annotations).toMatchObject({ readOnlyHint: false, destructiveHint: true })
  })

  it('are listed the same to everyone, in both eras, so that lists can be cached', async () => {
    verifies('hosted-mcp.tools')
    const [plain, mine, legacy] = [
      await mcp.rpc('tools/list'),
      await mcp.rpc('tools/list', {}, { token: owner }),
      await mcp.rpc('tools/list', {}, { version: LEGACY }),
    ]
    expect(mine.body.result.tools).toEqual(plain.body.result.tools)
    expect(legacy.body.result.tools).toEqual(plain.body.result.tools)
    expect(plain.body.result).toMatchObject({ cacheScope: 'public', ttlMs: 300_000 })
  })

  it('the server is who its card says it is', async () => {
    const { serverInfo, protocolVersions } = siteMcp(mcp.deps.version)
    const discovered = (await mcp.rpc('server/discover')).body.result
    expect(discovered._meta['io.modelcontextprotocol/serverInfo']).toMatchObject(serverInfo)
    const [newest, ...older] = protocolVersions
    expect(discovered.supportedVersions).toContain(newest)
    for (const protocolVersion of older) {
      const params = { protocolVersion, capabilities: {}, clientInfo: { name: 'old', version: '1' } }
      const { body } = await mcp.rpc('initialize', params, { version: protocolVersion })
      expect(body.result).toMatchObject({ protocolVersion, serverInfo })
    }
  })

  it.each([MODERN, LEGACY])('%s: answer as their schemas say, in words and as data', async (version) => {
    verifies('hosted-mcp.tools')
    const calls: readonly (readonly [string, object?])[] = [
      ['towline_whoami'],
      ['towline_workspace_list'],
      ['towline_workspace_get', { workspaceId: mcp.workspaceId }],
      ['towline_project_list', { limit: 1 }],
      ['towline_project_get', { projectId: 'demo' }],
      ['towline_project_resolve', { host: 'web.demo.towline.example' }],
      ['towline_api_list'],
      ['towline_doc_search', { query: 'publish' }],
      ['towline_doc_read', { path: '/docs/guide/publish' }],
      ['towline_skill_list'],
      ['towline_skill_read', { name: 'towline-setup' }],
      ['towline_status_get'],
      ['towline_login_explain'],
    ]
    for (const [name, args] of calls) {
      const { body } = await mcp.tool(name, args, { token: owner, version })
      const { structuredContent, content, isError } = body.result
      expect([name, isError, answers(named(name), structuredContent)]).toEqual([name, undefined, []])
      expect(JSON.parse(content[0].text)).toEqual(structuredContent)
    }
  })

  it('refuse input that they do not take, with what is wrong', async () => {
    for (const [args, problem] of [
      [{ projectId: 'demo', extra: 1 }, 'extra'],
      [{}, 'projectId'],
      [{ projectId: 7 }, 'projectId'],
    ] as const) {
      const { result } = (await mcp.tool('towline_project_get', args, { token: owner })).body
      expect(result.isError).toBe(true)
      expect(result.content[0].text).toContain(problem)
    }
  })

  it('tell a refusal with its code and what to do next', async () => {
    const { result } = (await mcp.tool('towline_project_get', { projectId: 'nothing' }, { token: owner })).body
    expect(result.isError).toBe(true)
    expect(JSON.parse(result.content[0].text).error).toMatchObject({ code: 'NOT_FOUND', next: expect.any(String) })
  })

  it('give lists in pages, smaller ones when they would be too long', async () => {
    verifies('limits.table')
    for (const slug of ['one', 'two', 'three', 'four'])
      await addProject(mcp.db, { workspaceId: mcp.workspaceId, slug, name: slug, now: 1_760_000_001 })
    const page = async (fixture: McpFixture, args: object) =>
      (await fixture.tool('towline_project_list', args, { token: owner })).body.result.structuredContent
    const first = await page(mcp, { limit: 2 })
    expect(first.projects).toHaveLength(2)
    const second = await page(mcp, { limit: 2, cursor: first.nextCursor })
    const small = await openMcpFixture({ ...mcp.deps, limits: { ...LIMITS, mcpAnswerChars: 700 } })
    const cut = await page(small, { limit: 4 })
    expect(cut.projects).toEqual(first.projects)
    expect((await page(small, { limit: 2, cursor: cut.nextCursor })).projects).toEqual(second.projects)
    const tiny = await openMcpFixture({ ...mcp.deps, limits: { ...LIMITS, mcpAnswerChars: 100 } })
    const { result } = (await tiny.tool('towline_project_list', {}, { token: owner })).body
    expect([result.isError, JSON.parse(result.content[0].text).error.code]).toEqual([true, 'ANSWER_TOO_LONG'])
    await small.close()
    await tiny.close()
  })

  it('bound how much is asked for at once', async () => {
    verifies('limits.table')
    const args = { projectId: 'demo', extra: Array.from({ length: LIMITS.mcpInputElements + 1 }, () => 1) }
    const { result } = (await mcp.tool('towline_project_get', args, { token: owner })).body
    expect(result.content[0].text).toContain(String(LIMITS.mcpInputElements))
  })

  it('leave an audit record of every call, with the name of the agent', async () => {
    const { token, userId, credentialId: credential_id } = await mcp.person('viewer')
    const { projectId } = { projectId: mcp.project.id }
    await mcp.tool('towline_project_get', { projectId }, { token, agent: 'judge-7' })
    await mcp.tool('towline_project_get', { projectId: 'nothing' }, { token, version: LEGACY })
    await mcp.tool('towline_project_update', { projectId, name: 'New' }, { token, agent: 'judge-7' })
    await mcp.deps.flush()
    const rows = await mcp.db
      .selectFrom('audit')
      .select(['action', 'decision', 'code', 'agent', 'credential_id'])
      .where('user_id', '=', userId)
      .orderBy('id')
      .execute()
    expect(rows).toEqual([
      { action: 'projects.read', decision: 'allowed', code: null, agent: 'judge-7', credential_id },
      { action: 'projects.read', decision: 'refused', code: 'NOT_FOUND', agent: 'towline-cli', credential_id },
      { action: 'projects.rename', decision: 'refused', code: 'FORBIDDEN', agent: 'judge-7', credential_id },
    ])
  })

  it('need only scopes that logins for this endpoint can have, and no login is offered others', () => {
    const offered = oauthDescription('').resources.find(({ path }) => path === MCP_PATH)?.scopes ?? []
    const needed = new Set(tools.flatMap((tool) => tool._meta.securitySchemes[0].scopes ?? []) as string[])
    expect([...needed].filter((scope) => !offered.includes(scope))).toEqual([])
    expect(offered).not.toContain('tunnels.connect')
  })

  it('ask for scopes that exist and suffice', async () => {
    for (const tool of tools) {
      const { scopes } = tool._meta.securitySchemes[0]
      if (!scopes) continue
      for (const scope of scopes) expect(PERMISSIONS).toHaveProperty([scope])
      const { token } = await mcp.person('owner', { permissions: scopes })
      expect([tool.name, (await mcp.tool(tool.name, {}, { token })).status]).toEqual([tool.name, 200])
    }
  })
})

describe('mcp discovery tools', () => {
  const call = async (name: string, args?: object): Promise<Told> => (await mcp.tool(name, args)).body.result

  it('find pages by all words, titles first, and no more than the bound', async () => {
    verifies('hosted-mcp.public')
    const { pages } = (await call('towline_doc_search', { query: 'Private TUNNELS', limit: 3 })).structuredContent
    expect(pages).toHaveLength(3)
    expect(pages.map(({ path }: Told) => path)).toContain('/docs/guide/private')
    expect((await call('towline_doc_search', { query: 'zebra unicorn' })).structuredContent.pages).toEqual([])
    expect((await call('towline_doc_search', { query: 'x'.repeat(300) })).isError).toBe(true)
  })

  it('read a page whole, in parts that follow each other', async () => {
    verifies('limits.table')
    const small = await openMcpFixture({ limits: { ...LIMITS, mcpAnswerChars: 3000 } })
    let [text, cursor]: [string, string | undefined] = ['', undefined]
    do {
      const args: object = { path: '/docs/reference/permissions.md', ...(cursor !== undefined && { cursor }) }
      const part: Told = (await small.tool('towline_doc_read', args)).body.result.structuredContent
      expect(JSON.stringify(part).length).toBeLessThan(3000)
      text += part.text
      cursor = part.nextCursor
    } while (cursor !== undefined)
    await small.close()
    expect((await call('towline_doc_read', { path: '/docs/reference/permissions' })).structuredContent.text).toBe(text)
  })

  it('refuse pages, skills and cursors that are not there', async () => {
    for (const [name, args, code] of [
      ['towline_doc_read', { path: '/etc/passwd' }, 'PAGE_UNKNOWN'],
      ['towline_skill_read', { name: '../towline-setup' }, 'NOT_FOUND'],
      ['towline_skill_read', { name: 'towline-setup', cursor: '-1' }, 'REQUEST_INVALID'],
      ['towline_skill_read', { name: 'towline-setup', cursor: '1e9' }, 'REQUEST_INVALID'],
    ] as const) {
      expect(JSON.parse((await call(name, args)).content[0].text).error.code).toBe(code)
    }
  })

  it('serve the skills as resources too, with their digests', async () => {
    const { skills } = (await mcp.rpc('skills/list')).body.result
    expect(skills.map(({ frontmatter }: Told) => frontmatter.name)).toContain('towline-setup')
    const { digest, text } = (await call('towline_skill_read', { name: 'towline-setup' })).structuredContent
    const entry = skills.find(({ uri }: Told) => uri === 'skill://towline-setup/SKILL.md')
    expect(entry.resources[0].digest).toBe(digest)
    const read = await mcp.rpc('resources/read', { uri: entry.uri })
    expect(read.body.result.contents[0].text).toBe(text)
  })

  it('say how to log in', async () => {
    verifies('hosted-mcp.public')
    const told = (await call('towline_login_explain')).structuredContent
    expect(told).toMatchObject({
      resource: 'https://towline.example/api/mcp',
      resourceMetadata: 'https://towline.example/.well-known/oauth-protected-resource/api/mcp',
    })
    expect(told.ways.length).toBeGreaterThan(0)
  })
})
