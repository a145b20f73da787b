/** Owns serving MCP on standard input and output until either ends. */
import type { Readable, Writable } from 'node:stream'
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio'
import type { Offer } from '../offer/offer.ts'
import { createServerFactory } from './build-server.ts'
import type { Host } from './host.ts'

export interface StdioRequest {
  readonly host: Host
  readonly offer: Offer
  readonly stdin: Readable
  readonly stdout: Writable
  readonly signal: AbortSignal
}

/** Resolves when the client closed its end, or `signal`. */
export const serveOverStdio = async ({ host, offer, stdin, stdout, signal }: StdioRequest): Promise<void> => {
  const transport = new StdioServerTransport(stdin, stdout)
  const handle = serveStdio(createServerFactory(host, offer), {
    transport,
    onerror: (error) => void host.deps().then(({ log }) => log.debug({ err: error }, 'a message was refused')),
  })
  await new Promise<void>((over) => {
    for (const event of ['end', 'close', 'error'] as const) stdin.once(event, over)
    signal.addEventListener('abort', () => over(), { once: true })
    if (signal.aborted) over()
  })
  await handle.close()
}
