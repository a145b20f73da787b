/** Owns the server that answers one request: the same tools for everyone, so that an agent sees what a login would give. */
import { type CallToolResult, isInputRequiredResult, McpServer } from '@modelcontextprotocol/server'
import { SKILLS_EXTENSION_ID, memorySkillFiles, SkillsExtension } from '@modelcontextprotocol/server/ext/skills'
import { toAppError } from '../api/problem.ts'
import { openApprovals } from './approvals.ts'
import { type McpDeps, siteMcp } from './mcp-deps.ts'
import type { Served } from './serve.ts'
import { shownBy } from './shown.ts'
import { discoveryTools } from './tools/discovery-tools.ts'
import { operationTools } from './tools/operation-tools.ts'
import { type Tool, type ToolCall, textResult } from './tools/tool.ts'

const INSTRUCTIONS = `Towline gives services on any machine an address through a self-hosted relay. These tools look after its \
people, projects, tokens, logs and settings. They run nothing on any machine and dial nothing: tunnels are hosted and dialed \
by the towline command, which towline_skill_read tells about (towline-setup first). Tools for APIs, docs, skills, status and \
login need no token; towline_login_explain says how to get one for the rest. A change needs a person's word: ask only for \
what the person wants, and never work around a refusal.`

export const createBuildServer = async (deps: McpDeps): Promise<Served> => {
  const approvals = await openApprovals(deps)
  const tools = [...discoveryTools(deps), ...operationTools(deps, approvals)]
  const skills = await loadSkills(deps)
  const { serverInfo } = siteMcp(deps.version)
  const scopes = new Map(tools.map((tool) => [tool.name, tool.scopes]))
  return {
    scopesOf: (names) => [...new Set(names.flatMap((name) => scopes.get(name) ?? []))],
    isPublic: (name) => scopes.get(name) === undefined,
    factory: ({ era }) => {
      const server = new McpServer(
        { ...serverInfo, websiteUrl: deps.publicUrl },
        {
          // Nothing here changes while a server runs.
          capabilities: { tools: { listChanged: false }, resources: { listChanged: false } },
          cacheHints: LISTS_STAY,
          instructions: INSTRUCTIONS,
          maxToolInputElements: deps.limits.mcpInputElements,
          requestState: { verify: approvals.verify },
        },
      )
      for (const tool of tools) register(server, tool, { deps, era })
      skills.attach(server)
      return server
    },
  }
}

const HINT = { ttlMs: 300_000, cacheScope: 'public' } as const
const LISTS_STAY = {
  'tools/list': HINT,
  'resources/list': HINT,
  'resources/templates/list': HINT,
  'server/discover': HINT,
}

/** Skills as resources (SEP-2640, a draft: all of it is here). */
const loadSkills = async ({ site, log }: McpDeps): Promise<SkillsExtension> => {
  const files = (await site.files()).filter(({ path }) => path.startsWith('skills/'))
  const texts = Object.fromEntries(files.map(({ path, text }) => [path.slice('skills/'.length), text]))
  return await SkillsExtension.load(memorySkillFiles(texts), {
    cacheHint: HINT,
    onWarning: ({ path, message }) => log.warn({ path, message }, `a skill is not served over ${SKILLS_EXTENSION_ID}`),
  })
}

interface Registering {
  readonly deps: McpDeps
  readonly era: ToolCall['era']
}

const register = (server: McpServer, tool: Tool, { deps, era }: Registering): void => {
  const { name, description, annotations, input, output, scopes, missing } = tool
  server.registerTool(
    name,
    {
      title: annotations.title,
      description,
      annotations,
      inputSchema: input,
      outputSchema: output,
      _meta: { securitySchemes: [scopes ? { type: 'oauth2', scopes } : { type: 'noauth' }] },
      scopeChallenge: ({ authInfo }) => {
        const { caller, requestId } = shownBy(authInfo)
        const needed = caller && missing?.(caller, { requestId })
        return needed && { scopes: needed }
      },
    },
    async (args, context) => {
      const { caller, requestId } = shownBy(context.http?.authInfo)
      return await answer(async () => {
        const told = await tool.run(args, { context, era, caller, requestId })
        return isInputRequiredResult(told) ? told : { ...textResult(told), structuredContent: told }
      }, deps)
    },
  )
}

/** What is refused is told to the model, with what to do next. */
const answer = async <T>(run: () => Promise<T>, { log }: McpDeps): Promise<T | CallToolResult> => {
  try {
    return await run()
  } catch (error) {
    return { ...textResult({ error: toAppError(error, log) }), isError: true }
  }
}
