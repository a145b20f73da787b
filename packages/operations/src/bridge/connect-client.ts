/** Owns making the MCP client of the SDK for a server that nobody vouches for, and agreeing on a revision with it. */
import type { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { Limits } from '@towline/protocol'
import { Asked, currentAsked } from './asked.ts'
import { mcpFetch } from './mcp-fetch.ts'
import type { Way } from './way.ts'

export interface ConnectClient {
  readonly way: Way
  readonly url: string
  readonly path: string
  readonly agent: string
  readonly signal: AbortSignal
  readonly limits: Limits
}

export interface ConnectedClient {
  readonly client: Client
  readonly transport: StreamableHTTPClientTransport
}

/** Modern servers are asked first, others greeted by `initialize`. Nothing is left open when it rejects. */
export const connectClient = async (options: ConnectClient): Promise<ConnectedClient> => {
  const { url, signal, limits } = options
  const ms = limits.bridgeConnectMs
  const asked = new Asked({ url, limits, ms, signal })
  return await asked.run(async () => {
    const { client, transport } = await createClient(options)
    const abort = (): void => void transport.close()
    asked.signal.addEventListener('abort', abort, { once: true })
    try {
      await client.connect(transport, { signal: asked.signal, timeout: ms })
      return { client, transport }
    } catch (error) {
      await transport.close()
      throw error
    } finally {
      asked.signal.removeEventListener('abort', abort)
    }
  })
}

const createClient = async ({ way, url, path, agent, limits }: ConnectClient): Promise<ConnectedClient> => {
  const sdk = await import('@modelcontextprotocol/client')
  const [name = 'towline', version = ''] = agent.split('/')
  const loose = (): Asked => new Asked({ url, limits, ms: limits.bridgeCloseMs, signal: new AbortController().signal })
  const transport = new sdk.StreamableHTTPClientTransport(new URL(path, 'http://localhost'), {
    fetch: mcpFetch(way, loose),
    reconnectionScheduler: resume(limits),
  })
  // The client chains what was there before it.
  transport.onmessage = (message) => currentAsked()?.heard(message)
  const client = new sdk.Client(
    { name, version },
    {
      // No capability: what a server wants of a model or a person behind us is refused.
      capabilities: {},
      versionNegotiation: { mode: 'auto' },
      inputRequired: { autoFulfill: false },
      // A stranger's schema would be compiled here; whoever uses an answer checks it.
      jsonSchemaValidator: {
        getValidator: () => (data) => ({ valid: true, data: data as never, errorMessage: undefined }),
      },
    },
  )
  return { client, transport }
}

/** A stream that broke off is asked for again, when its request still waits, and not as fast as its server says. */
const resume =
  ({ bridgeResumeMs, bridgeResumeMsMost }: Limits) =>
  (reconnect: () => void, delay: number): (() => void) => {
    const asked = currentAsked()
    if (!asked || asked.signal.aborted) return () => undefined
    asked.resuming()
    const timer = setTimeout(reconnect, Math.min(Math.max(delay, bridgeResumeMs), bridgeResumeMsMost))
    return () => clearTimeout(timer)
  }
