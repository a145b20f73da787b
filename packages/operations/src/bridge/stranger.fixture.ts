/** Owns MCP servers of strangers for tests: what they answer is up to the test, byte by byte when it likes. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Server } from 'node:net'
import { type Limits, LIMITS } from '@towline/protocol'
import { openOver, type RemoteMcp } from './remote-mcp.ts'
import type { Way } from './way.ts'

/** A message that came in. */
export interface Heard {
  readonly method: string
  readonly id?: number | string
  readonly params?: Readonly<Record<string, unknown>>
  readonly error?: { readonly code: number }
}

export interface Turn {
  readonly heard: Heard
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Answers the request as one JSON object. */
  result(value: unknown, headers?: Readonly<Record<string, string>>): void
  /** Opens the answer as a stream of events; `send` adds one, and answers whether there is room for more. */
  events(): { send(message: unknown): boolean; end(): void }
}

export type Answer = (turn: Turn) => void

/** What a well-behaved server of 2025-11-25 says first; the rest is the test's. */
export const legacy =
  (answer: Answer, sessionId?: string): Answer =>
  (turn) => {
    const { heard, response } = turn
    if (heard.method === 'server/discover') return void response.writeHead(400).end('{}')
    if (heard.method === 'notifications/initialized') return void response.writeHead(202).end()
    if (heard.method !== 'initialize') return answer(turn)
    const info = { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } }
    turn.result(info, sessionId === undefined ? {} : { 'mcp-session-id': sessionId })
  }

/** The same for 2026-07-28. */
export const modern =
  (answer: Answer): Answer =>
  (turn) => {
    if (turn.heard.method !== 'server/discover') return answer(turn)
    const _meta = { 'io.modelcontextprotocol/serverInfo': { name: 's', version: '1' } }
    const about = { supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, ttlMs: 0, cacheScope: 'private' }
    turn.result({ resultType: 'complete', ...about, _meta })
  }

export interface Stranger {
  readonly port: number
  /** Of every request, in order: `POST tools/list`, `DELETE`. */
  readonly heard: readonly string[]
  /** Bounds may be changed for the test. */
  open(limits?: Partial<Limits>, signal?: AbortSignal): Promise<RemoteMcp>
  close(): Promise<void>
}

export const openStranger = async (answer: Answer): Promise<Stranger> => {
  const heard: string[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
    const body = Buffer.concat(parts).toString()
    const message = (body === '' ? { method: '' } : JSON.parse(body)) as Heard
    heard.push([request.method, message.method ?? 'answer'].filter((word) => word !== '').join(' '))
    answer(turnOf(message, request, response))
  })
  return await listening(server, heard)
}

/** One that does not even speak HTTP: `talk` gets each connection after its first bytes. */
export const openRawStranger = async (talk: (socket: import('node:net').Socket) => void): Promise<Stranger> => {
  const { createServer: createTcp } = await import('node:net')
  const server = createTcp((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => talk(socket))
  })
  return await listening(server, [])
}

const listening = async (server: Server, heard: readonly string[]): Promise<Stranger> => {
  const sockets = new Set<import('node:net').Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const opened: RemoteMcp[] = []
  return {
    port,
    heard,
    open: async (limits = {}, signal = new AbortController().signal) => {
      const options = { url: 'tow://stranger/mcp', path: '/mcp', agent: 'towline/test', signal }
      const remote = await openOver(wayTo(port), { ...options, limits: { ...LIMITS, ...limits } })
      opened.push(remote)
      return remote
    },
    close: async () => {
      for (const remote of opened) await remote.close()
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

const wayTo = (port: number): Way => ({
  dial: async () => connect({ port, host: '127.0.0.1', allowHalfOpen: true }),
  headers: async () => ({ host: 'localhost' }),
  isOver: false,
  close: async () => undefined,
})

const turnOf = (heard: Heard, request: IncomingMessage, response: ServerResponse): Turn => ({
  ...{ heard, request, response },
  result: (result, headers = {}) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify({ jsonrpc: '2.0', id: heard.id, result }))
  },
  events: () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    return {
      send: (message) => response.write(`data: ${JSON.stringify(message)}\n\n`),
      end: () => void response.end(),
    }
  },
})

/** A tool as a server defines it. */
export const tool = (name: string, more: object = {}) => ({ name, inputSchema: { type: 'object' }, ...more })
