/** Owns starting the product as a user does: processes of the built command line with a state folder of their own. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Closer } from '@towline/base'
import { type Ended, type Line, type Program, run, start } from './program.ts'
import { type TempFolder, tempFolder } from './temp-folder.ts'

const CLI = fileURLToPath(new URL('../../cli/dist/towline.js', import.meta.url))

export type Env = Readonly<Record<string, string>>

/** How a user would write `towline`, word by word. Throws when it is not built. */
export const towline = (...words: readonly string[]): readonly string[] => {
  if (!existsSync(CLI)) throw new Error(`${CLI} is not there; run: npm run build`)
  return [process.execPath, CLI, ...words]
}

/** The environment of this process without what would reach into a test from outside. */
export const cleanEnv = (home: string, more: Env = {}): Env => {
  const kept = Object.entries(process.env).filter(([key]) => !/^(TOWLINE_|VITEST|NODE_OPTIONS$)|_proxy$/i.test(key))
  // The agents of whoever runs the tests are not ours to set up.
  const agents = { CODEX_HOME: join(home, 'codex'), CLAUDE_CONFIG_DIR: join(home, 'claude') }
  return { ...(Object.fromEntries(kept) as Env), ...agents, TOWLINE_HOME: home, NO_COLOR: '1', ...more }
}

/** A context as `up` writes it. */
export interface SavedContext {
  readonly name: string
  readonly url: string
  readonly project: string
  readonly token: string
  readonly ca: string
}

/** A user of one machine: a state folder, and the processes started with it. */
export interface Home extends AsyncDisposable {
  readonly folder: TempFolder
  readonly env: Env
  /** Starts a command that goes on; it is stopped with the home. */
  start(words: readonly string[], env?: Env): Program
  /** Runs a command to its end. */
  run(words: readonly string[], options?: { readonly env?: Env; readonly input?: string | Uint8Array }): Promise<Ended>
  context(): SavedContext
  /** Stops what runs, newest first, and removes the folder; twice is harmless. */
  close(): Promise<void>
}

export const openHome = (): Home => {
  const folder = tempFolder('home')
  const env = cleanEnv(folder.path, { TOWLINE_LOG: 'info' })
  const closer = new Closer()
  closer.add(() => folder.remove())
  const close = (): Promise<void> => closer.close()
  return {
    folder,
    env,
    start: (words, more) => {
      const program = start(towline(...words), { env: { ...env, ...more } })
      closer.add(() => program.stop())
      return program
    },
    run: (words, { env: more, input } = {}) =>
      run(towline(...words), { env: { ...env, ...more }, ...(input === undefined ? {} : { input }) }),
    context: () => {
      const file = readFileSync(join(folder.path, 'contexts.json'), 'utf8')
      return (JSON.parse(file) as { contexts: SavedContext[] }).contexts[0] as SavedContext
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** A running server, and the user who started it. */
export interface Up extends Home {
  readonly server: Program
  /** Of visitors, links and the API. */
  readonly port: number
  /** Of links and the API. */
  readonly url: string
  /** Host and port under which visitors find a published tunnel. */
  host(name: string): string
  /** Starts `towline forward … -o json`. */
  forward(...words: readonly string[]): Program
  /** The same, and the line that says it is online. */
  online(...words: readonly string[]): Promise<{ readonly program: Program; readonly line: Line; readonly url: string }>
  /** Starts the server again on the same port and data. */
  again(): Promise<Program>
}

/** Starts `towline up`; resolves when it is ready. Everything is closed when that fails. */
export const startUp = async (...words: readonly string[]): Promise<Up> => {
  const home = openHome()
  const up = (listen: string): Program => home.start(['up', '--listen', listen, '-o', 'json', ...words])
  try {
    const server = up('127.0.0.1:0')
    const { linkUrl: url, port } = (await server.status('ready')) as { linkUrl: string; port: number }
    const forward = (...more: readonly string[]): Program => home.start(['forward', ...more, '-o', 'json'])
    return {
      ...home,
      server,
      url,
      port,
      host: (name) => `${name}.dev.localhost:${port}`,
      forward,
      online: async (...more) => {
        const program = forward(...more)
        const line = await program.status('online')
        return { program, line, url: String(line['url']) }
      },
      again: async () => {
        const next = up(`127.0.0.1:${port}`)
        await next.status('ready')
        return next
      },
    }
  } catch (error) {
    await home.close()
    throw error
  }
}
