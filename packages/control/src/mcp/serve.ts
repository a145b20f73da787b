/** Owns serving requests by the MCP SDK, behind the gate. Loaded at the first request. */
import { newId } from '@towline/base'
import {
  createMcpHandler,
  hostHeaderValidationResponse,
  localhostAllowedHostnames,
  type McpServerFactory,
  originValidationResponse,
} from '@modelcontextprotocol/server'
import { toAppError } from '../api/problem.ts'
import { createBuildServer } from './build-server.ts'
import { callerOf, metadataUrl, refuse, requireToken } from './gate.ts'
import type { McpDeps } from './mcp-deps.ts'
import { type Messages, readMessages } from './messages.ts'
import { authInfoOf } from './shown.ts'

export interface Serve {
  readonly fetch: (request: Request) => Promise<Response>
  readonly close: () => Promise<void>
}

/** What is served behind the gate. */
export interface Served {
  readonly factory: McpServerFactory
  /** Whether a tool answers without a token. */
  readonly isPublic: (tool: string) => boolean
  /** All scopes that tools need. */
  readonly scopesOf: (tools: readonly string[]) => readonly string[]
}

export const openServe = async (deps: McpDeps): Promise<Serve> => serveBehindGate(deps, await createBuildServer(deps))

/** The gate and the transport; what they lead to is handed in, so that judges with tools of their own come the same way. */
export const serveBehindGate = (deps: McpDeps, { factory, isPublic, scopesOf }: Served): Serve => {
  const { limits, log } = deps
  const metadata = metadataUrl(deps)
  const handler = createMcpHandler(factory, {
    maxRequestBodySize: limits.apiBodyBytes,
    onerror: (error) => log.debug({ err: error }, 'an MCP request was refused'),
  })
  const names = hostNames(deps)

  const fetch = async (request: Request): Promise<Response> => {
    const elsewhere = hostHeaderValidationResponse(request, names) ?? originValidationResponse(request, names)
    if (elsewhere) return elsewhere
    const requestId = newId('req')
    let messages: Messages | undefined
    try {
      if (request.method === 'POST') messages = await readMessages(request, limits)
      const caller = await callerOf(request, deps, messages?.calls.length)
      requireToken(caller, { request, messages, isPublic })
      const response = await handler.fetch(again(request, messages), {
        authInfo: authInfoOf({ caller, requestId }, metadata),
        ...(messages?.parsed !== undefined && { parsedBody: messages.parsed }),
      })
      response.headers.set('towline-request-id', requestId)
      return response
    } catch (error) {
      const shown = request.headers.has('authorization')
      const scopes = scopesOf(messages?.calls ?? [])
      return refuse(toAppError(error, log), { metadata, id: messages?.id ?? null, shown, scopes })
    }
  }
  return { fetch, close: () => handler.close() }
}

/** Pages come from our own origin, or on a server of this machine from another port of it; names that others own never count. */
const hostNames = ({ publicUrl, origins = [] }: McpDeps): string[] => {
  const { hostname } = new URL(publicUrl)
  const loopback = localhostAllowedHostnames()
  return [hostname, ...origins, ...(loopback.includes(hostname) ? loopback : [])]
}

/** The request with its body to be read once more. */
const again = (request: Request, messages: Messages | undefined): Request => {
  if (!messages) return request
  const { url, method, headers, signal } = request
  return new Request(url, { method, headers, signal, body: messages.text })
}
