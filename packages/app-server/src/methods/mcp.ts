/** Owns the methods about MCP servers: which there are and what they offer, and asking one without a model. */
import { LIMITS } from '@towline/protocol'
import { z } from 'zod'
import type { McpServer } from '../mcp/mcp-server.ts'
import { resultOf } from '../mcp/mcp-output.ts'
import type { McpServers } from '../mcp/open-mcp-servers.ts'
import { serverStatus } from '../mcp/server-status.ts'
import { RpcError } from '../rpc/rpc-error.ts'
import { method, type MethodTable } from '../server/method.ts'

export interface McpServices {
  readonly mcp: {
    /** Of a thread that is loaded. Throws RpcError `thread not found`. */
    ofThread(threadId: string): McpServers | Promise<McpServers>
    /** Of no thread; closed when the question is answered. */
    open(): Promise<McpServers>
    /** All threads go over to what the settings say now. */
    reload(): Promise<void>
  }
}

const LIST = z.object({
  cursor: z.string().nullish(),
  limit: z.number().int().positive().nullish(),
  detail: z.enum(['full', 'toolsAndAuthOnly']).nullish(),
  threadId: z.string().nullish(),
  serverName: z.string().nullish(),
})
const META = z.record(z.string(), z.unknown()).nullish()
const CALL = z.object({
  threadId: z.string(),
  server: z.string(),
  tool: z.string(),
  arguments: z.record(z.string(), z.unknown()).nullish(),
  _meta: META,
})
const READ = z.object({ threadId: z.string().nullish(), server: z.string(), uri: z.string(), _meta: META })

export const MCP_METHODS: MethodTable<McpServices> = {
  'mcpServerStatus/list': method<McpServices, z.infer<typeof LIST>>({
    params: LIST,
    run: (services, { threadId, detail, cursor, limit, serverName }) =>
      withServers(services, threadId, async ({ all }) => {
        const wanted = all.filter(({ config }) => serverName == null || config.name === serverName)
        const from = cursor == null ? 0 : Number(cursor)
        if (!Number.isInteger(from) || from < 0) throw new RpcError('invalidRequest', `invalid cursor: ${cursor}`)
        const to = from + Math.min(limit ?? LIMITS.mcpServers, LIMITS.mcpServers)
        const page = wanted.slice(from, to)
        const data = await Promise.all(page.map((server) => serverStatus(server, detail !== 'toolsAndAuthOnly')))
        return { data, nextCursor: to < wanted.length ? String(to) : null }
      }),
  }),
  'mcpServer/tool/call': method<McpServices, z.infer<typeof CALL>>({
    params: CALL,
    run: async ({ mcp }, { threadId, server, tool, arguments: args, _meta }, caller) => {
      const left = new AbortController()
      caller.onClosed(() => left.abort(new Error('the connection that asked is gone')))
      const asked = { meta: { ..._meta, threadId }, signal: left.signal }
      const one = (await mcp.ofThread(threadId)).get(server)
      const answer = await told(() => one.call(tool, args ?? {}, asked))
      const { content, structuredContent, _meta: meta } = resultOf(answer)
      return {
        content,
        ...(structuredContent !== null && { structuredContent }),
        ...(answer.isError !== undefined && { isError: answer.isError }),
        ...(meta !== null && { _meta: meta }),
      }
    },
  }),
  'mcpServer/resource/read': method<McpServices, z.infer<typeof READ>>({
    params: READ,
    run: (services, { threadId, server, uri, _meta }) =>
      withServers(services, threadId, async (servers) => {
        const { contents } = await told(async () => await read(servers.get(server), uri, _meta ?? {}))
        return { contents, originCallId: null }
      }),
  }),
  'config/mcpServer/reload': method<McpServices, unknown>({
    params: z.unknown(),
    run: async ({ mcp }) => {
      await mcp.reload()
      return {}
    },
  }),
}

const read = async (server: McpServer, uri: string, meta: Readonly<Record<string, unknown>>) => {
  const { client } = await server.live()
  return await client.readResource({ uri, _meta: meta }, { timeout: server.config.toolTimeoutMs })
}

const withServers = async <Result>(
  { mcp }: McpServices,
  threadId: string | null | undefined,
  work: (servers: McpServers) => Promise<Result>,
): Promise<Result> => {
  if (threadId != null) return await work(await mcp.ofThread(threadId))
  const servers = await mcp.open()
  try {
    return await work(servers)
  } finally {
    await servers.close()
  }
}

/** With the code of the server that refused. */
const told = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work()
  } catch (error) {
    if (error instanceof RpcError) throw error
    const { code, message } = error as { readonly code?: unknown; readonly message: string }
    throw new RpcError(typeof code === 'number' ? code : 'internal', message)
  }
}
