/** Owns a machine that serves and a workstation, each with its own state, keys and way to the relay. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Ended, type Home, type Line, openHome, type Program, startUp, type Up } from '@towline/testkit'

export interface Way {
  readonly port: number
}

/** Writes the context of `up` into another home, with the relay at another port; links there are not encrypted, so that they can be read. */
export const settle = (home: Home, up: Up, { port }: Way = up): void => {
  const { name, project, token } = up.context()
  const context = { name, url: `http://127.0.0.1:${port}`, project, token }
  mkdirSync(home.folder.path, { recursive: true })
  const file = join(home.folder.path, 'contexts.json')
  writeFileSync(file, JSON.stringify({ version: 1, current: name, contexts: [context] }), { mode: 0o600 })
}

export interface Pair extends AsyncDisposable {
  readonly up: Up
  /** The machine with the server, its identity `vault`. */
  readonly machine: Home
  /** Where people and agents are, identity `laptop`. */
  readonly desk: Home
  readonly keys: { readonly vault: string; readonly laptop: string }
  close(): Promise<void>
}

export interface PairOptions {
  readonly machineWay?: Way
  readonly deskWay?: Way
}

/** Two homes at `up`, with an identity each; nobody knows anybody yet. */
export const openPair = async (up: Up, { machineWay, deskWay }: PairOptions = {}): Promise<Pair> => {
  const [machine, desk] = [openHome(), openHome()]
  settle(machine, up, machineWay)
  settle(desk, up, deskWay)
  const vault = await identity(machine, 'vault')
  const laptop = await identity(desk, 'laptop')
  const close = async (): Promise<void> => {
    await Promise.all([machine.close(), desk.close()])
  }
  return { up, machine, desk, keys: { vault, laptop }, close, [Symbol.asyncDispose]: close }
}

/** The same at a relay of its own. */
export const startPair = async (): Promise<Pair> => {
  const up = await startUp()
  const pair = await openPair(up)
  const close = async (): Promise<void> => {
    await pair.close()
    await up.close()
  }
  return { ...pair, close, [Symbol.asyncDispose]: close }
}

/** Makes an identity and answers what others pin. */
export const identity = async (home: Home, name: string): Promise<string> => {
  await done(home.run(['webtty', 'identity', 'create', name]))
  return (await done(home.run(['webtty', 'identity', 'show', name, '--endpoint-identity']))).trim()
}

/** Standard output of a command that has to succeed. */
export const done = async (work: Promise<Ended>): Promise<string> => {
  const { status, stdout, stderr } = await work
  if (status !== 0) throw new Error(`it ended with ${status}: ${stderr}`)
  return stdout
}

/** How a command was refused: its status, the code of its error, and all it printed. */
export const refusal = async (
  work: Promise<Ended>,
): Promise<{ status: number | null; code: string; stdout: string }> => {
  const { status, stdout, stderr } = await work
  return { status, code: /error (\w+)/.exec(stderr)?.[1] ?? stderr, stdout }
}

export interface Served {
  readonly server: Program
  readonly online: Line
}

export const serve = async (home: Home, ...words: readonly string[]): Promise<Served> => {
  const server = home.start(['webtty', 'server', ...words, '-o', 'json'])
  return { server, online: await server.status('online') }
}

/** Lets the desk in, and has it know the machine as `vault`. */
export const acquaint = async ({ machine, desk, keys }: Pair, roles: readonly string[] = []): Promise<void> => {
  await allow(machine, 'laptop', keys.laptop, roles)
  const pin = ['webtty', 'known-server', 'add', 'vault', '--key', keys.vault, '--client-identity', 'laptop']
  await done(desk.run(pin))
}

export const allow = async (
  machine: Home,
  name: string,
  key: string,
  roles: readonly string[] = [],
  more: readonly string[] = [],
): Promise<void> => {
  const words = ['webtty', 'authorized-client', 'add', name, '--identity', 'vault', '--key', key]
  await done(machine.run([...words, ...roles.flatMap((role) => ['--role', role]), ...more]))
}

export const forbid = (machine: Home, name: string): Promise<string> =>
  done(machine.run(['webtty', 'authorized-client', 'remove', name, '--identity', 'vault']))

export const exec = (home: Home, name: string, ...words: readonly string[]): Promise<Ended> =>
  home.run(['webtty', 'exec', '--url', `tow://${name}`, '--', ...words])
