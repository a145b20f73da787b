/** Owns machines for tests: a relay, servers of WebTTY behind it, and commands on them as a user types them. */
import { readFileSync } from 'node:fs'
import type { ExecResult, ProcessInfo } from '@towline/protocol'
import { type Ended, type Env, type Line, type Program, type Up, eventually, startUp } from '@towline/testkit'

export interface Ran extends Ended {
  /** Code of the error that standard error tells, in words or as JSON. */
  readonly code: string | undefined
}

/** A relay, and who uses it. */
export interface Machines extends AsyncDisposable {
  readonly up: Up
  /** Starts `webtty server --name …`; resolves when it can be reached. */
  serve(name: string, words?: readonly string[], env?: Env): Promise<{ readonly program: Program; readonly line: Line }>
  /** `webtty <verb> --url tow://<name> …` to its end. */
  ask(verb: string, name: string, words: readonly string[], input?: string | Uint8Array): Promise<Ran>
  /** `webtty exec`; options come before `--`. */
  exec(name: string, words: readonly string[], input?: string | Uint8Array): Promise<Ran>
  /** The same by `-o json`. */
  result(name: string, words: readonly string[], input?: string): Promise<{ status: number | null } & ExecResult>
  /** Starts `webtty exec` and does not wait. */
  start(name: string, words: readonly string[], env?: Env): Program
  list(...words: readonly string[]): Promise<readonly Listed[]>
  processes(name: string): Promise<readonly ProcessInfo[]>
}

/** A line of `webtty list -o json`. */
export type Listed = Readonly<Record<string, unknown>> & { readonly name: string }

/** A command for sh. */
export const sh = (script: string): readonly string[] => ['--', 'sh', '-c', script]

export const codeIn = (text: string): string | undefined =>
  /error (\w+):|"code":"(\w+)"/.exec(text)?.slice(1).find(Boolean)

/** A relay with a server `lab` unless told otherwise. */
export const openMachines = async (names: readonly string[] = ['lab']): Promise<Machines> => {
  const up = await startUp()
  const words = (verb: string, name: string, more: readonly string[]): readonly string[] => [
    ...['webtty', verb, '--url', name.includes(':') ? name : `tow://${name}`],
    ...more,
  ]
  const ask: Machines['ask'] = async (verb, name, more, input) => {
    const ran = await up.run(words(verb, name, more), input === undefined ? {} : { input })
    return { ...ran, code: codeIn(ran.stderr) }
  }
  const serve: Machines['serve'] = async (name, more = [], env = {}) => {
    const program = up.start(['webtty', 'server', '--name', name, '-o', 'json', ...more], env)
    return { program, line: await program.status('online') }
  }
  const machines: Machines = {
    up,
    serve,
    ask,
    exec: (name, more, input) => ask('exec', name, more, input),
    result: async (name, more, input) => {
      const { status, stdout } = await ask('exec', name, ['-o', 'json', ...more], input)
      return { status, ...(JSON.parse(stdout) as ExecResult) }
    },
    start: (name, more, env) => up.start(words('exec', name, more), env),
    list: async (...more) =>
      JSON.parse((await up.run(['webtty', 'list', '-o', 'json', ...more])).stdout) as readonly Listed[],
    processes: async (name) => JSON.parse((await ask('ps', name, ['-o', 'json'])).stdout) as readonly ProcessInfo[],
    [Symbol.asyncDispose]: () => up.close(),
  }
  try {
    for (const name of names) await serve(name)
    return machines
  } catch (error) {
    await up.close()
    throw error
  }
}

/** Whether a process of this machine runs; one that nobody has waited for does not. */
export const runs = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** Waits until none of these run. */
export const gone = (...pids: readonly number[]): Promise<true> =>
  eventually(`the end of ${pids.join()}`, () => (pids.some((pid) => !(pid > 1) || runs(pid)) ? undefined : true))
