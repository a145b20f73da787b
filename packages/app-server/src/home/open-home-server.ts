/** Owns the composition of an app-server over one home: its settings, threads, agent and machines behind one table of methods. */
import { access, constants, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Closer, type Log, opening } from '@towline/base'
import { AppError, type Processes } from '@towline/protocol'
import { openAgent } from '../agent/open-agent.ts'
import { type HomeConfig, openConfigSource } from '../config/open-config-source.ts'
import { dialEnvironmentBy, type Ways } from '../environments/dial-environment.ts'
import { readEnvironments } from '../environments/environments-toml.ts'
import { openEnvironments } from '../environments/open-environments.ts'
import { openExecServer } from '../exec-server/exec-server.ts'
import { openFeedHub } from '../feed/open-feed-hub.ts'
import { questionFiles } from '../feed/question-files.ts'
import { MCP_METHODS, type McpServices } from '../methods/mcp.ts'
import type { BasicServices } from '../methods/services.ts'
import { BASIC_METHODS } from '../methods/tables.ts'
import { TERMINAL_METHODS, type TerminalServices } from '../methods/terminals.ts'
import { THREAD_METHODS } from '../methods/thread-methods.ts'
import type { ThreadServices } from '../methods/thread-services.ts'
import { type AppServer, openAppServer } from '../server/app-server.ts'
import type { Check } from '../server/health.ts'
import { openThreads, type Threads } from '../threads/threads.ts'
import { HomeTools } from './thread-tools.ts'
import { isQuiet, untilQuiet } from './until-quiet.ts'

export interface HomeServerOptions {
  /** Folder of config.toml, sessions and rules; also a CODEX_HOME. Made when it is not there. */
  readonly home: string
  /** What clients name without a folder is there. */
  readonly cwd: string
  /** The server's own variables. */
  readonly env: Ways['env']
  /** Path of the user's shell. */
  readonly shell: string
  /** Starts commands; closed with the server. */
  readonly processes: Processes
  /** To the exec-server of a `tow://` machine. */
  readonly machine?: Ways['machine']
  readonly version: string
  readonly log: Log
}

export interface HomeServer {
  readonly server: AppServer
  /** Nobody is connected, and no turn works. */
  readonly isIdle: boolean
  /** Ends what runs; questions that wait for a person are asked again by the next one. */
  close(): Promise<void>
}

type Services = BasicServices & ThreadServices & TerminalServices & McpServices

/** Rejects with CONFIG_INVALID, APP_HOME_UNUSABLE. */
export const openHomeServer = (options: HomeServerOptions): Promise<HomeServer> =>
  opening(async (closer) => {
    const { home, cwd, env, version, log } = options
    await homeFolder(home)
    const config = openConfigSource({ home, env })
    const environments = await machines(closer, options)
    const questions = questionFiles(join(home, 'questions'))
    const feeds = openFeedHub({ store: questions })
    const agent = openAgent({ env, allow: config.allow })
    closer.add(() => agent.close())
    const tools = new HomeTools({ ...options, config, agent })
    const threads: Threads = openThreads({
      ...{ home, cwd, environments, hub: feeds, questions, version, log, configs: config, resumesCalls: true },
      ...{ runTurn: agent.runTurn, compact: agent.compactTurn, openTools: tools.open },
    })
    closer.add(() => threads.close())
    const mcp = tools.methods(() => threads)
    const server = openAppServer<Services>({
      services: { cwd, config, environments, feeds, threads, agent, mcp, gauges: () => gaugesOf(threads) },
      tables: [...BASIC_METHODS, THREAD_METHODS, TERMINAL_METHODS, MCP_METHODS],
      ...{ feeds, home, version, log },
      checks: checksOf({ home, cwd, config, threads }),
      idle: () => untilQuiet(feeds, threads),
    })
    closer.add(() => server.close())
    return {
      server,
      get isIdle() {
        return server.connections === 0 && isQuiet(threads)
      },
      close: () => closer.close(),
    }
  })

const homeFolder = async (dir: string): Promise<void> => {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    await access(dir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const problem = HOME_WORDS[code ?? ''] ?? `${code ?? message}.`
    throw new AppError('APP_HOME_UNUSABLE', { dir, problem }, { cause: error })
  }
}

const HOME_WORDS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there.',
  EPERM: 'this user may not write there.',
  EROFS: 'its disk is read-only.',
  ENOSPC: 'its disk is full.',
  EEXIST: 'it is a file.',
  ENOTDIR: 'a part of the path is a file.',
}

const machines = async (closer: Closer, { home, cwd, env, shell, processes, machine, log }: HomeServerOptions) => {
  const local = openExecServer({ processes, env, cwd, shell, log })
  closer.add(() => local.close())
  const configured = await readEnvironments(home)
  const environments = openEnvironments({ local, configured, dial: dialEnvironmentBy({ processes, env, machine }) })
  closer.add(() => environments.close())
  return environments
}

const gaugesOf = (threads: Threads) => ({
  threadsLoaded: threads.loaded.length,
  turnsRunning: threads.loaded.filter((id) => threads.find(id)?.active).length,
})

interface Checked {
  readonly home: string
  readonly cwd: string
  readonly config: HomeConfig
  readonly threads: Threads
}

/** A thread of no one: that it is not there is what the index is asked. */
const NOBODY = '00000000-0000-7000-8000-000000000000'

const checksOf = ({ home, cwd, config, threads }: Checked): readonly Check[] => [
  { name: 'home', run: () => access(home, constants.W_OK) },
  { name: 'config', run: async () => void (await config.read(cwd)) },
  { name: 'threads', run: async () => void (await threads.index.find(NOBODY)) },
]
