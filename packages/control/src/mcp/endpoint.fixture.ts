/** Owns a hosted MCP endpoint on a port of this machine, with its real gate, transport, tools and store. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { CallerRate } from '@towline/base'
import { LIMITS } from '@towline/protocol'
import { type McpFixture, openMcpFixture } from './mcp.fixture.ts'
import { MCP_PATH, siteMcp } from './mcp-deps.ts'
import { type Serve, serveBehindGate } from './serve.ts'
import { siteOf } from '../discovery/site.fixture.ts'
import { fixtureServer } from './conformance.fixture.ts'

export interface Endpoint {
  /** Where the product's own tools are. */
  readonly url: string
  /** Where the suite's tools are, behind the same gate and transport. */
  readonly fixtureUrl: string
  readonly fixture: McpFixture
  close(): Promise<void>
}

export const openEndpoint = async (): Promise<Endpoint> => {
  let answer: (request: Request) => Promise<Response> | Response = () => new Response(null, { status: 503 })
  const listener = getRequestListener((request) => answer(request), { overrideGlobalObjects: false })
  const http = createServer((request, response) => void listener(request, response))
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  const publicUrl = `http://localhost:${(http.address() as AddressInfo).port}`
  const site = siteOf({ publicUrl: () => publicUrl, mcp: siteMcp('0.1.0') })
  // Judges come in real time, whatever the clock of the store.
  const fixture = await openMcpFixture({ publicUrl, site, callers: new CallerRate(LIMITS, Date.now) })
  const judged: Serve = serveBehindGate(
    { ...fixture.deps, site },
    { factory: fixtureServer, isPublic: () => true, scopesOf: () => [] },
  )
  answer = (request) => (new URL(request.url).pathname === MCP_PATH ? fixture.mcp : judged).fetch(request)
  const close = async (): Promise<void> => {
    http.closeAllConnections()
    await new Promise((done) => http.close(done))
    await judged.close()
    await fixture.close()
  }
  return { url: `${publicUrl}${MCP_PATH}`, fixtureUrl: `${publicUrl}/judged`, fixture, close }
}
