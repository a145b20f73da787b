/** The least MCP server that the SDK makes, in one file: one tool, which answers what it was told. */
import { McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { z } from 'zod'

serveStdio(() => {
  const server = new McpServer({ name: 'least', version: '1.0.0' })
  const inputSchema = z.object({ text: z.string() })
  server.registerTool('echo', { description: 'Says it again.', inputSchema }, async ({ text }) => ({
    content: [{ type: 'text', text }],
  }))
  return server
})
