/** Owns an MCP server as a device has one: made with the protocol's own SDK, without sessions, on a port of this machine. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'

export interface Robot {
  readonly port: number
  /** How often its arm was moved, which is not read-only. */
  readonly moved: () => number
  close(): Promise<void>
}

export const openRobot = async (): Promise<Robot> => {
  let moved = 0
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: 'robot', version: '1.0.0' })
    server.registerTool(
      'device_status',
      {
        annotations: { readOnlyHint: true },
        inputSchema: z.object({ part: z.enum(['arm', 'leg']).default('arm') }),
        outputSchema: z.object({ temperature: z.number() }),
      },
      ({ part }) => ({
        content: [{ type: 'text', text: `${part} is well` }],
        structuredContent: { temperature: part === 'arm' ? 31 : 28 },
      }),
    )
    server.registerTool('move_arm', { inputSchema: z.object({ degrees: z.number() }) }, ({ degrees }) => {
      moved++
      return { content: [{ type: 'text', text: `moved by ${degrees}` }] }
    })
    return server
  })
  const server = createServer(async (incoming, outgoing) => {
    const parts: Buffer[] = []
    for await (const part of incoming as AsyncIterable<Buffer>) parts.push(part)
    const { method = 'GET', headers, url } = incoming
    const body = parts.length > 0 ? { body: Buffer.concat(parts) } : {}
    const asked = new Request(`http://localhost${url}`, { method, headers: headers as Record<string, string>, ...body })
    const answer = await handler.fetch(asked)
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers))
    outgoing.end(Buffer.from(await answer.arrayBuffer()))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    port: (server.address() as AddressInfo).port,
    moved: () => moved,
    close: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
