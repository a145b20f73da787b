/**
 * Owns the hosted MCP endpoint as one fetch handler (Streamable HTTP, revisions 2026-07-28 and 2025). Nothing heavy is loaded
 * before its first request.
 */
import { allowCrossOrigin, preflight } from './cors.ts'
import type { McpDeps } from './mcp-deps.ts'
import type { Serve } from './serve.ts'

export interface HostedMcp {
  /** Answers a request for its path; never rejects. It reads no cookie. */
  readonly fetch: (request: Request) => Promise<Response>
  /** Breaks off what runs. Twice is harmless. */
  close(): Promise<void>
}

export const createHostedMcp = (deps: McpDeps): HostedMcp => {
  let opened: Promise<Serve> | undefined
  let closed: Promise<void> | undefined
  const open = (): Promise<Serve> => {
    opened ??= import('./serve.ts')
      .then(({ openServe }) => openServe(deps))
      .catch((error: unknown) => {
        opened = undefined
        throw error
      })
    return opened
  }
  const answer = async (request: Request): Promise<Response> => {
    if (closed) return new Response(null, { status: 503 })
    try {
      return await (await open()).fetch(request)
    } catch (error) {
      deps.log.error({ err: error }, 'the MCP endpoint met an error of ours')
      return new Response(null, { status: 500 })
    }
  }
  return {
    fetch: async (request) => (request.method === 'OPTIONS' ? preflight() : allowCrossOrigin(await answer(request))),
    close() {
      closed ??= opened ? opened.then(({ close }) => close()) : Promise.resolve()
      return closed
    },
  }
}
