/** Owns app-servers and their clients in system tests: processes with a home of their own, and JSON lines over any wire. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually, Inbox, type Program, start, towline } from '@towline/testkit'
import { type ClientOptions, WebSocket } from 'ws'
import { openModel } from './model.ts'

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

export interface HelloModel {
  /** Writes config.toml of a home for it. */
  configure(home: string): void
  close(): Promise<void>
}

/** A model that says hello; asked to, it wants to leave the sandbox first. */
export const openHelloModel = async (): Promise<HelloModel> => {
  const model = await openModel(({ prompt, outputs }) =>
    prompt.includes('leave the sandbox') && outputs.length === 0 ? LEAVE : ['hello'],
  )
  return {
    configure: (home) => {
      mkdirSync(home, { recursive: true })
      writeFileSync(join(home, 'config.toml'), model.settings)
    },
    close: async () => await model[Symbol.asyncDispose](),
  }
}

const LEAVE = {
  call: 'exec_command',
  args: { cmd: 'echo left', sandbox_permissions: 'require_escalated', justification: 'a test' },
}
