/** Owns a workstation for tests of tools: a relay in this process, machines behind it, and tools called as a server calls them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { silentLog } from '@towline/base'
import {
  createMachinePool,
  type Env,
  homeDir,
  RemoteMcpPool,
  resolveConnection,
  serveWebtty,
} from '@towline/operations'
import { LIMITS } from '@towline/protocol'
import { openSystem, type System, type SystemOptions, tempFolder } from '@towline/testkit'
import { z } from 'zod'
import { TOOLS } from '../catalogue.ts'
import type { McpDeps } from '../deps.ts'
import type { Guard } from '../guard/guard.ts'
import { createSecrets } from '../guard/secrets.ts'
import { labelsFor } from '../server/labels-for.ts'
import type { Origin } from '../server/origin.ts'
import type { Risk, Tool, ToolCall } from '../tool.ts'
import { createLogins } from './runtime/logins.ts'

export type Answer = Readonly<Record<string, unknown>>

export interface Workstation extends AsyncDisposable {
  readonly system: System
  readonly deps: McpDeps
  /** Holds `home` and `cwd`, and what else a test puts there. */
  readonly folder: string
  /** Starts a machine; its files are those of the folder that is answered. */
  serve(name: string): Promise<string>
  /** Runs a tool by valid arguments; what it answers is held to its schema, and masked. */
  use(name: string, args?: Answer, signal?: AbortSignal): Promise<Answer>
  riskOf(name: string, args: Answer): Promise<Risk>
  close(): Promise<void>
}

/** Lets everything through and records nothing. */
const allowAll = (): Guard => ({
  decide: () => Promise.resolve({ allowed: true, ended: () => Promise.resolve() }),
  close: () => Promise.resolve(),
})

const ORIGIN: Origin = { agent: 'test-client', thread: 'thread-1' }

/** Of a server whose user has `TOWLINE_HOME`, started in `cwd`. */
export const depsFor = (env: Env, cwd: string): McpDeps => ({
  ...{ env, cwd, agent: 'towline-test/0.0.0', version: '0.0.0', program: [], log: silentLog(), limits: LIMITS },
  ...{ guard: allowAll(), logins: createLogins(), machines: createMachinePool(LIMITS), remotes: new RemoteMcpPool() },
  secrets: createSecrets({ env, home: homeDir(env) }),
})

const toolNamed = (name: string): Tool => {
  const tool = TOOLS.find((one) => one.name === name)
  if (!tool) throw new Error(`no tool ${name}`)
  return tool
}

export const openWorkstation = async (options: SystemOptions = {}, more: Answer = {}): Promise<Workstation> => {
  const system = await openSystem(options)
  const folder = tempFolder('workstation')
  for (const name of ['home', 'cwd']) mkdirSync(join(folder.path, name))
  const stop = new AbortController()
  const serving: Promise<void>[] = []
  const env = { ...envOf(system, folder.path), ...(more as Record<string, string>) }
  const deps = depsFor(env, join(folder.path, 'cwd'))
  const close = async (): Promise<void> => {
    await Promise.all([deps.machines.close(), deps.remotes.close()])
    stop.abort()
    await Promise.all(serving)
    await system.close()
    folder.remove()
  }
  return {
    ...{ system, deps, folder: folder.path, close, [Symbol.asyncDispose]: close },
    serve: async (name) => {
      const root = join(folder.path, `files-${name}`)
      mkdirSync(root)
      const connection = await resolveConnection(env)
      const host = { env: hostEnv(), log: silentLog(), cwd: root, fsRoot: root }
      await new Promise<void>((online, failed) => {
        const onState = ({ status }: { readonly status: string }): void => {
          if (status === 'online') online()
        }
        const spec = { name, labels: {}, publish: false, expose: false, agent: deps.agent } as const
        serving.push(serveWebtty({ ...spec, connection, onState, host, signal: stop.signal }).catch(failed))
      })
      return root
    },
    use: (name, args = {}, signal = stop.signal) => useTool(deps, name, args, signal),
    riskOf: async (name, args) => {
      const tool = toolNamed(name)
      const read = z.strictObject(tool.input.shape).parse(args)
      const told = typeof tool.risk === 'function' ? await tool.risk(read, callOf(deps, stop.signal)) : tool.risk
      return typeof told === 'string' ? told : told.risk
    },
  }
}

/** Runs a tool by valid arguments; what it answers is held to its schema, and masked. */
export const useTool = async (
  deps: McpDeps,
  ...[name, args, signal = new AbortController().signal]: readonly [string, Answer, AbortSignal?]
): Promise<Answer> => {
  const tool = toolNamed(name)
  const read = z.strictObject(tool.input.shape).parse(args)
  const answer = await tool.run(read, callOf(deps, signal))
  z.strictObject(tool.output.shape).parse(answer)
  return deps.secrets.masked(answer) as Answer
}

export const callOf = (deps: McpDeps, signal: AbortSignal): ToolCall => ({
  deps,
  signal,
  origin: ORIGIN,
  connection: ({ context, project } = {}) => resolveConnection(deps.env, { context, project }),
  labels: (purpose, extra) => labelsFor(ORIGIN, purpose, extra),
  progress: () => undefined,
})

const envOf = ({ port, token, ca }: System, folder: string): Record<string, string> => {
  const file = join(folder, 'ca.pem')
  if (ca !== undefined) writeFileSync(file, ca)
  return {
    ...{ TOWLINE_HOME: join(folder, 'home'), TOWLINE_URL: `http://localhost:${port}`, TOWLINE_TOKEN: token },
    ...(ca !== undefined && { TOWLINE_CA_FILE: file }),
  }
}

/** What a machine's server would have, without what would reach into a test. */
const hostEnv = (): Record<string, string | undefined> => ({ PATH: process.env['PATH'], HOME: process.env['HOME'] })
