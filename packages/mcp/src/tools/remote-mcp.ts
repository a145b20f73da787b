/** Owns what the tools for MCP servers of other machines share: how one is named, and using it. */
import { formatMcpUrl, parseMcpUrl, type RemoteMcp } from '@towline/operations'
import { z } from 'zod'
import { SELECTOR } from '../server/schemas.ts'
import type { ToldRisk, ToolCall, ToolTarget } from '../tool.ts'

/** The arguments by which an MCP server is named. */
export const REMOTE = {
  url: z
    .string()
    .min(1)
    .max(512)
    .describe('As towline_remote_mcp_discover tells it: tow://name/path, or https://… of a published one.'),
  path: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe('Where it is mounted, when the URL does not say; /mcp otherwise.'),
  ...SELECTOR,
} as const

export interface RemoteArgs {
  readonly url: string
  readonly path?: string | undefined
  readonly context?: string | undefined
  readonly project?: string | undefined
}

/** With the server, which stays open for the next call. */
export const withRemote = async <T>(
  { url, path, context, project }: RemoteArgs,
  { deps, connection, signal }: ToolCall,
  use: (remote: RemoteMcp) => Promise<T>,
): Promise<T> => {
  const request = { connection: await connection({ context, project }), url, path, agent: deps.agent, signal }
  return await deps.remotes.use(request, use)
}

/** Undefined where the project says that there is an MCP server; elsewhere whatever listens would be sent a POST at this path. */
export const strangerRisk = async (
  { url, path, context, project }: RemoteArgs,
  { deps, connection, signal }: ToolCall,
): Promise<ToldRisk | undefined> => {
  const about = { connection: await connection({ context, project }), url, path, signal }
  if (await deps.remotes.isAdvertised(about)) return undefined
  return { risk: 'remote', recorded: true, because: 'no tunnel of the project says that it speaks MCP there' }
}

/** In one spelling, so that a policy can go by it. */
export const remoteTarget = ({ url, path }: RemoteArgs): ToolTarget => ({ name: formatMcpUrl(parseMcpUrl(url, path)) })
