/** Owns asking a hosted MCP endpoint in this process, in the words of both eras of the protocol. */
import { siteOf } from '../discovery/site.fixture.ts'
import { type ApiFixture, openApiFixture } from '../api/api.fixture.ts'
import { createHostedMcp, type HostedMcp } from './hosted-mcp.ts'
import { MCP_PATH, type McpDeps, siteMcp } from './mcp-deps.ts'

export const MODERN = '2026-07-28'
export const LEGACY = '2025-11-25'

/** JSON as tests look into it. */
// oxlint-disable-next-line typescript/no-explicit-any -- tests look into it
export type Told = any

export interface McpAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Told
}

export interface McpAsk {
  readonly token?: string | undefined
  readonly version?: string
  readonly headers?: Readonly<Record<string, string>>
  /** What the client can do; only the modern era tells it in each request. */
  readonly capabilities?: object
  readonly agent?: string
  /** Of a repeated call of the modern era. */
  readonly more?: object
}

export interface McpFixture extends ApiFixture {
  readonly mcp: HostedMcp
  send(init: RequestInit): Promise<McpAnswer>
  rpc(method: string, params?: object, ask?: McpAsk): Promise<McpAnswer>
  /** The result of `tools/call`. */
  tool(name: string, args?: object, ask?: McpAsk): Promise<McpAnswer>
}

export const openMcpFixture = async (more: Partial<McpDeps> = {}): Promise<McpFixture> => {
  const fixture = await openApiFixture(more)
  const { deps } = fixture
  const site = siteOf({ publicUrl: () => deps.publicUrl, mcp: siteMcp(deps.version) })
  const mcp = createHostedMcp({ ...deps, site, ...more })
  const { host } = new URL(deps.publicUrl)

  const send: McpFixture['send'] = async (init) => {
    const headers = { host, ...(init.headers as Record<string, string>) }
    const response = await mcp.fetch(new Request(`${deps.publicUrl}${MCP_PATH}`, { ...init, headers }))
    return { status: response.status, headers: response.headers, body: read(await response.text()) }
  }
  const rpc: McpFixture['rpc'] = (method, params = {}, ask = {}) => {
    const { version = MODERN, token, headers, capabilities = {}, agent = 'judge' } = ask
    const meta = {
      'io.modelcontextprotocol/protocolVersion': version,
      'io.modelcontextprotocol/clientInfo': { name: agent, version: '1' },
      'io.modelcontextprotocol/clientCapabilities': capabilities,
    }
    const modern = version === MODERN
    const named = (params as { readonly name?: string; readonly uri?: string }).name ?? (params as { uri?: string }).uri
    return send({
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': version,
        ...(modern && { 'mcp-method': method, ...(named !== undefined && { 'mcp-name': named }) }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method,
        params: { ...params, ...ask.more, ...(modern && { _meta: meta }) },
      }),
    })
  }
  const tool: McpFixture['tool'] = (name, args = {}, ask) => rpc('tools/call', { name, arguments: args }, ask)
  const close = async (): Promise<void> => {
    await mcp.close()
    await fixture.close()
  }
  return { ...fixture, mcp, send, rpc, tool, close }
}

/** One JSON document, or the last event of a stream. */
const read = (text: string): Told => {
  if (text === '') return undefined
  const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => data as string)
  try {
    return JSON.parse(events.at(-1) ?? text)
  } catch {
    return text
  }
}
