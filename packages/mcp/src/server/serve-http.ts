/** Owns serving MCP over Streamable HTTP, both eras, behind what keeps pages of strangers and endless bodies out. */
import {
  createMcpHandler,
  hostHeaderValidationResponse,
  isJsonContentType,
  isLegacyRequest,
  type McpServerFactory,
  originValidationResponse,
  readRequestBody,
} from '@modelcontextprotocol/server'
import { newId, type Log } from '@towline/base'
import type { Limits } from '@towline/protocol'
import { HttpSessions } from './http-sessions.ts'
import { rpcError } from './rpc-error.ts'

/** Where the endpoint is, on whatever host. */
export const MCP_PATH = '/mcp'

export interface ServeHttpOptions {
  readonly factory: McpServerFactory
  readonly limits: Limits
  readonly log: Log
  /** Names of hosts, without ports, by which it is reached now; pages may come from these only. */
  readonly hosts: () => readonly string[]
}

export interface HttpEndpoint {
  readonly fetch: (request: Request) => Promise<Response>
  close(): Promise<void>
}

/**
 * Who may come is decided before: by the token that the edge asks for, or by the right to dial. Nothing that a request says
 * about its sender is believed.
 */
export const serveHttp = ({ factory, limits, log, hosts }: ServeHttpOptions): HttpEndpoint => {
  const { mcpHttpBodyBytes: maxRequestBodySize, mcpHttpSessions: maxSubscriptions } = limits
  const sessions = new HttpSessions({ factory, limits, log })
  const modern = createMcpHandler(factory, {
    ...{ legacy: 'reject', maxRequestBodySize, maxSubscriptions },
    onerror: (error) => log.debug({ err: error }, 'an MCP request was refused'),
  })

  const serve = async (request: Request): Promise<Response> => {
    const names = [...hosts()]
    const elsewhere = hostHeaderValidationResponse(request, names) ?? originValidationResponse(request, names)
    if (elsewhere) return elsewhere
    if (new URL(request.url).pathname !== MCP_PATH)
      return rpcError({ status: 404, code: -32601, message: `The endpoint is at ${MCP_PATH}.` })
    if (request.method !== 'POST') return await sessions.fetch(request, undefined)
    if (!isJsonContentType(request.headers.get('content-type')))
      return rpcError({ status: 415, code: -32700, message: 'Send JSON, as content-type application/json.' })
    const read = await readMessage(request, limits)
    if ('refused' in read) return read.refused
    const { text, parsedBody } = read
    const again = new Request(request.url, {
      ...{ method: request.method, headers: request.headers, signal: request.signal, body: text },
    })
    const legacy = await isLegacyRequest(again, parsedBody, { maxRequestBodySize })
    return legacy ? await sessions.fetch(again, parsedBody) : await modern.fetch(again, { parsedBody })
  }

  return {
    fetch: async (request) => {
      try {
        return await serve(request)
      } catch (error) {
        const id = newId('err')
        log.error({ err: error, id }, 'an MCP request met an error of ours')
        return rpcError({ status: 500, code: -32603, message: `Something went wrong here (${id}).` })
      }
    },
    close: async () => {
      await Promise.all([sessions.close(), modern.close()])
    },
  }
}

type Read = { readonly refused: Response } | { readonly text: string; readonly parsedBody: unknown }

/** The body once, whole, in time; one that breaks off is nobody's any more. */
const readMessage = async (request: Request, { mcpHttpBodyBytes, mcpHttpBodyMs }: Limits): Promise<Read> => {
  const late = AbortSignal.timeout(mcpHttpBodyMs)
  const slow = new Promise<'late'>((done) => late.addEventListener('abort', () => done('late'), { once: true }))
  const body = await Promise.race([readRequestBody(request, mcpHttpBodyBytes), slow]).catch(() => 'broken' as const)
  if (body === 'late')
    return {
      refused: rpcError({ status: 408, code: -32000, message: 'The request took too long.' }, { connection: 'close' }),
    }
  if (body === 'broken') return { refused: rpcError({ status: 400, code: -32700, message: 'The request broke off.' }) }
  if (body.tooLarge)
    return {
      refused: rpcError({ status: 413, code: -32000, message: `A request has at most ${mcpHttpBodyBytes} bytes.` }),
    }
  try {
    return { text: body.text, parsedBody: JSON.parse(body.text) as unknown }
  } catch {
    return { refused: rpcError({ status: 400, code: -32700, message: 'That is not JSON.' }) }
  }
}
