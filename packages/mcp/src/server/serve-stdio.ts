/** Owns serving MCP on standard input and output until either ends. */
import type { Readable, Writable } from 'node:stream'
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio'
import type { McpDeps } from '../deps.ts'
import { createServerFactory, type Offer } from './build-server.ts'

export interface StdioRequest {
  readonly deps: McpDeps
  readonly offer: Offer
  readonly stdin: Readable
  readonly stdout: Writable
  readonly signal: AbortSignal
}

/** Resolves when the client closed its end, or `signal`. */
export const serveOverStdio = async ({ deps, offer, stdin, stdout, signal }: StdioRequest): Promise<void> => {
  const transport = new StdioServerTransport(stdin, stdout)
  const handle = serveStdio(createServerFactory(deps, offer), {
    transport,
    onerror: (error) => deps.log.debug({ err: error }, 'a message was refused'),
  })
  await new Promise<void>((over) => {
    for (const event of ['end', 'close', 'error'] as const) stdin.once(event, over)
    signal.addEventListener('abort', () => over(), { once: true })
    if (signal.aborted) over()
  })
  await handle.close()
}
