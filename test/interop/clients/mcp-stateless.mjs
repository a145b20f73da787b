/** A robot's MCP server without sessions, of the protocol's own SDK: prints the port it listens on. */
import { createServer } from 'node:http'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'

const build = () => {
  const server = new McpServer({ name: 'robot', version: '1.0.0' })
  const status = { temperature: z.number(), authorization: z.string() }
  server.registerTool(
    'device_status',
    {
      title: 'Status of the robot',
      description: 'Says how warm it is.',
      annotations: { readOnlyHint: true, openWorldHint: false },
      inputSchema: z.object({ part: z.enum(['arm', 'leg']) }),
      outputSchema: z.object(status),
    },
    ({ part }, { http }) => {
      const said = {
        temperature: part === 'arm' ? 31 : 28,
        authorization: http?.req?.headers.get('authorization') ?? 'none',
      }
      return { content: [{ type: 'text', text: `${part}: ${said.temperature}` }], structuredContent: said }
    },
  )
  server.registerTool('reset', { description: 'Begins anew.', inputSchema: z.object({}) }, () => ({
    content: [{ type: 'text', text: 'the motor is stuck' }],
    isError: true,
  }))
  server.registerTool('dump', { description: 'Tells all.', inputSchema: z.object({}) }, () => ({
    content: [
      { type: 'text', text: 'line\n'.repeat(200_000) },
      { type: 'text', text: 'more' },
    ],
  }))
  return server
}

const handler = createMcpHandler(build, { legacy: 'reject' })
const server = createServer(async (incoming, outgoing) => {
  const parts = []
  for await (const part of incoming) parts.push(part)
  const body = parts.length > 0 ? { body: Buffer.concat(parts) } : {}
  const { method, headers, url } = incoming
  const answer = await handler.fetch(new Request(`http://localhost${url}`, { method, headers, ...body }))
  outgoing.writeHead(answer.status, Object.fromEntries(answer.headers))
  for await (const part of answer.body ?? []) outgoing.write(part)
  outgoing.end()
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`port ${server.address().port}\n`))
