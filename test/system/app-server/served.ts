/** Owns app-servers and their clients in system tests: processes with a home of their own, and JSON lines over any wire. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { eventually, Inbox, type Program, start, towline } from '@towline/testkit'
import { type ClientOptions, WebSocket } from 'ws'

// oxlint-disable-next-line typescript/no-explicit-any -- messages as they were sent
export type Told = any

/** Starts servers that work below `root`, and ends them. */
export const serversIn = (root: string) => {
  const programs: Program[] = []
  const env = { PATH: '/usr/bin:/bin', HOME: root, TOWLINE_HOME: join(root, 'state') }
  const begin = (...words: readonly string[]): Program => {
    const program = start(towline('app-server', ...words), { env, cwd: root })
    programs.push(program)
    return program
  }
  return {
    home: join(root, 'state', 'app-server'),
    begin,
    /** Resolves with its address. */
    listen: async (...words: readonly string[]): Promise<{ readonly program: Program; readonly url: string }> => {
      const program = begin('--listen', 'ws://127.0.0.1:0', ...words)
      const [, url = ''] = await eventually('its address', () => /^(ws:\S+)\n/.exec(program.stdout()) ?? undefined)
      return { program, url }
    },
    stop: async (): Promise<void> => {
      for (const program of programs.reverse()) await program.stop()
    },
  }
}

export const HELLO = { clientInfo: { name: 'test', title: null, version: '0.1.0' } }

export interface Client {
  readonly told: readonly Told[]
  send(message: object | string): void
  ask(method: string, params?: object): Promise<Told>
  /** The first that fits, of what was told before too. */
  said(what: string, fits: (told: Told) => boolean): Promise<Told>
  closed(): Promise<void>
}

/** Of messages that come, and a way to send. */
export const clientOf = (send: (text: string) => void): Client & { hear(text: string): void; end(): void } => {
  const inbox = new Inbox<Told>()
  let end: () => void = () => undefined
  const closed = new Promise<void>((done) => (end = done))
  let id = 0
  const said = (what: string, fits: (told: Told) => boolean): Promise<Told> => inbox.until(what, fits)
  const post = (message: object | string): void => send(typeof message === 'string' ? message : JSON.stringify(message))
  return {
    told: inbox.all,
    send: post,
    ask: (method, params = {}) => {
      const own = ++id
      post({ id: own, method, params })
      return said(`the answer to ${method}`, (one) => one.id === own && one.method === undefined)
    },
    said,
    closed: () => closed,
    hear: (text) => inbox.put(JSON.parse(text)),
    end: () => {
      inbox.end('the connection closed')
      end()
    },
  }
}

/** On standard input and output. */
export const onStdio = (program: Program): Client => {
  const client = clientOf((text) => void program.child.stdin?.write(`${text}\n`))
  let rest = ''
  program.child.stdout?.on('data', (part: string) => {
    const lines = (rest + part).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) client.hear(line)
  })
  program.child.once('close', () => client.end())
  return client
}

/** By WebSocket; `unix:/path` too. It has said hello. */
export const dial = async (
  url: string,
  options: ClientOptions = {},
): Promise<Client & { readonly socket: WebSocket }> => {
  const socket = new WebSocket(url.startsWith('unix:') ? `ws+unix:${url.slice(5)}:/rpc` : url, options)
  const client = clientOf((text) => socket.send(text))
  socket.on('message', (text) => client.hear(String(text)))
  socket.once('close', () => client.end())
  await new Promise((done, fail) => socket.once('open', done).once('error', fail))
  await client.ask('initialize', HELLO)
  return { ...client, socket }
}

export interface Model {
  /** Writes config.toml of a home for it. */
  configure(home: string): void
  readonly asked: number
  close(): void
}

/** A model that says hello; asked to, it wants to leave the sandbox first. */
export const openModel = async (): Promise<Model> => {
  let asked = 0
  const server: Server = createServer((request, response) => {
    let body = ''
    request.on('data', (part) => (body += part))
    request.on('end', () => {
      asked += 1
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (const event of eventsFor(JSON.parse(body)))
        response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
      response.end()
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    configure: (home) => {
      mkdirSync(home, { recursive: true })
      writeFileSync(join(home, 'config.toml'), configOf(port))
    },
    get asked() {
      return asked
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const configOf = (port: number): string => `
model = "fake-model"
model_provider = "fake"
[model_providers.fake]
name = "fake"
base_url = "http://127.0.0.1:${port}/v1"
wire_api = "responses"
`

const eventsFor = ({ input }: { readonly input: readonly Told[] }): readonly Readonly<Record<string, unknown>>[] => {
  const said = JSON.stringify(input.findLast(({ role }) => role === 'user'))
  const wants = said.includes('leave the sandbox') && !String(input.at(-1)?.type).endsWith('_output')
  return [
    { type: 'response.created', response: { id: 'r' } },
    ...(wants ? [call()] : message()),
    { type: 'response.completed', response: { id: 'r', usage: USAGE } },
  ]
}

const USAGE = {
  ...{ input_tokens: 10, input_tokens_details: { cached_tokens: 0 } },
  ...{ output_tokens: 3, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: 13 },
}

const call = () => ({
  type: 'response.output_item.done',
  output_index: 0,
  item: {
    ...{ type: 'function_call', id: 'f', call_id: 'call_1', name: 'exec_command' },
    arguments: JSON.stringify({ cmd: 'echo left', sandbox_permissions: 'require_escalated', justification: 'a test' }),
  },
})

const message = () => [
  {
    ...{ type: 'response.output_item.added', output_index: 0 },
    item: { type: 'message', id: 'm', role: 'assistant', content: [] },
  },
  { type: 'response.output_text.delta', item_id: 'm', output_index: 0, content_index: 0, delta: 'hello' },
  {
    ...{ type: 'response.output_item.done', output_index: 0 },
    item: { type: 'message', id: 'm', role: 'assistant', content: [{ type: 'output_text', text: 'hello' }] },
  },
]
