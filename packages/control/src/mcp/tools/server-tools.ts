/** Owns the tools that tell what this server is: its APIs, whether it is well, and how to log in. */
import { z } from 'zod'
import { createStatus } from '../../discovery/status/status.ts'
import { metadataUrl } from '../gate.ts'
import { MCP_PATH, type McpDeps } from '../mcp-deps.ts'
import { FIELDS, NO_INPUT, publicTool } from './public-tool.ts'
import type { Tool } from './tool.ts'

const { url } = FIELDS

export const apiTool = ({ site, publicUrl }: McpDeps): Tool =>
  publicTool({
    name: 'towline_api_list',
    title: 'List APIs',
    description: 'The APIs of this server with their OpenAPI documents and pages, and where everything else is told.',
    input: NO_INPUT,
    output: z.strictObject({
      apis: z.array(z.strictObject({ title: z.string(), url, openapi: url, docs: url })),
      mcp: url,
      apiCatalog: url,
      skills: url,
      llms: url,
      status: url,
    }),
    run: () => ({
      apis: site.apis.map(({ title, path }) => ({
        title,
        url: `${publicUrl}${path}`,
        openapi: `${publicUrl}${path}/openapi.json`,
        docs: `${publicUrl}/docs${path}.md`,
      })),
      mcp: `${publicUrl}${MCP_PATH}`,
      apiCatalog: `${publicUrl}/.well-known/api-catalog`,
      skills: `${publicUrl}/.well-known/agent-skills/index.json`,
      llms: `${publicUrl}/llms.txt`,
      status: `${publicUrl}/api/status`,
    }),
  })

export const statusTool = ({ site, limits }: McpDeps): Tool => {
  const status = createStatus({ ...site.status, version: site.version, limits })
  return publicTool({
    name: 'towline_status_get',
    title: 'Is the server well?',
    description: 'Whether this server and what it depends on work now.',
    input: NO_INPUT,
    output: z.strictObject({
      status: z.enum(['ok', 'degraded', 'down']),
      version: z.string(),
      checkedAt: z.int(),
      checks: z.array(z.strictObject({ name: z.string(), status: z.enum(['pass', 'fail']), vital: z.boolean() })),
    }),
    run: async () => {
      const { checks, ...told } = await status()
      return { ...told, checks: [...checks] }
    },
  })
}

export const loginTool = (deps: McpDeps): Tool => {
  const { site, publicUrl } = deps
  return publicTool({
    name: 'towline_login_explain',
    title: 'How to log in',
    description: 'How this agent gets the token that all other tools need, and which scopes there are to ask for.',
    input: NO_INPUT,
    output: z.strictObject({
      ways: z.array(z.string()),
      resource: url,
      resourceMetadata: url.optional(),
      authorizationServer: url.optional(),
      docs: url,
      scopes: url,
    }),
    run: () => ({
      ways: waysOf(deps),
      resource: `${publicUrl}${MCP_PATH}`,
      ...(site.oauth && { resourceMetadata: metadataUrl(deps), authorizationServer: site.oauth.issuer() }),
      docs: `${publicUrl}/auth.md`,
      scopes: `${publicUrl}/docs/reference/permissions.md`,
    }),
  })
}

const waysOf = ({ site, publicUrl }: McpDeps): string[] => [
  ...(site.oauth
    ? [
        'An MCP client logs in by itself: let it authenticate with this server, as it does on a 401. It opens a browser.',
        `Without a browser of its own: "towline login ${publicUrl}" prints an address and a code for the person.`,
      ]
    : []),
  'A token that someone hands over: they run "towline token create", and this client is configured with the header' +
    ' "Authorization: Bearer <token>". Never put a token into a prompt, an URL or a file of a repository.',
]
