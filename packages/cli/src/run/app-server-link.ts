/** Owns the way to the app-server that a command drives: a remote one, or one of its own that ends with it. */
import { spawn } from 'node:child_process'
import { LineWire, webSocketWire, type Wire } from '@towline/app-server'
import { caOf, dialAppServer, parseRemote, readContexts, remoteToken, type SshWay } from '@towline/operations'
import { AppError } from '@towline/protocol'
import type { ServerOptions } from '../command.ts'
import type { Io } from '../io.ts'
import { safeText } from '../tui/safe-text.ts'
import { AGENT } from '../version.ts'
import { connectionOf } from './connection.ts'
import { programWords } from './program-words.ts'

/** How a machine is reached by SSH, where --remote is one. */
export type SshOptions = Pick<SshWay, 'program' | 'config' | 'keepAlive'>

export interface RemoteOptions extends ServerOptions {
  readonly remote?: string
  readonly remoteAuthTokenEnv?: string
  readonly ssh?: SshOptions
}

export interface AppServerLink {
  readonly isRemote: boolean
  connect(signal: AbortSignal): Promise<Wire>
  /** What to tell of an error of the first connection. */
  why(error: unknown): Promise<unknown>
  close(): void
}

/** Throws before anything is opened: APP_ADDRESS_INVALID, TARGET_INVALID, REMOTE_TOKEN_UNSAFE, REMOTE_TOKEN_UNSET, USAGE, or why the CA cannot be read. */
export const appServerLink = async (io: Io, options: RemoteOptions): Promise<AppServerLink> => {
  const { remote, remoteAuthTokenEnv } = options
  if (remote !== undefined) return await remoteLink(io, options, remote)
  if (remoteAuthTokenEnv === undefined) return ownLink(io)
  throw new AppError('USAGE', { problem: '--remote-auth-token-env belongs to --remote.' })
}

const remoteLink = async (io: Io, options: RemoteOptions, remote: string): Promise<AppServerLink> => {
  const { remoteAuthTokenEnv } = options
  const address = parseRemote(remote)
  const token = remoteAuthTokenEnv === undefined ? undefined : remoteToken(address, io.env, remoteAuthTokenEnv)
  const ca = address.kind === 'web' && address.url.protocol === 'wss:' ? await contextCa(io, options) : undefined
  const connection = () => connectionOf(io, options)
  let isAgain = false
  return {
    isRemote: true,
    connect: async (signal) => {
      const ssh = {
        ...options.ssh,
        env: io.env,
        isBatch: isAgain,
        onSaid: (text: string) => void (isAgain || io.stderr.write(safeText(text))),
      }
      const socket = await dialAppServer({ address, token, ca, connection, ssh, agent: AGENT, signal })
      // The second time there is something on the screen, and perhaps nobody before it.
      isAgain = true
      return webSocketWire(socket)
    },
    why: (error) => Promise.resolve(error),
    close: () => {},
  }
}

/** The server of a context signs for its tunnels too. Without contexts the roots that everybody trusts do. */
const contextCa = async (io: Io, options: RemoteOptions): Promise<string | undefined> => {
  const { current, contexts } = await readContexts(io.env)
  const wanted = options.context ?? (io.env['TOWLINE_CONTEXT'] || current)
  return await caOf(io.env, options, contexts.find(({ name }) => name === wanted)?.ca)
}

const ownLink = (io: Io): AppServerLink => {
  let own: OwnServer | undefined
  return {
    isRemote: false,
    connect: async (signal) => {
      signal.throwIfAborted()
      own?.end()
      own = await startOwn(io)
      return own.wire
    },
    why: async (error) => (own && isLost(error) ? await own.why() : error),
    close: () => own?.end(),
  }
}

const isLost = (error: unknown): boolean => error instanceof AppError && error.code === 'APP_SERVER_LOST'

interface OwnServer {
  readonly wire: Wire
  why(): Promise<AppError>
  end(): void
}

const ERROR_CHARS = 2000

/** It has a process group of its own, so that Ctrl-C is for us alone: it ends when its standard input does. */
const startOwn = async (io: Io): Promise<OwnServer> => {
  const [program = '', ...words] = programWords()
  const child = spawn(program, [...words, 'app-server', '--stdio'], { env: io.env, stdio: 'pipe', detached: true })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-ERROR_CHARS)
  })
  child.stdin.on('error', () => {})
  const ended = new Promise<number | null>((done) => child.once('close', done))
  await new Promise<void>((done, fail) => {
    child.once('spawn', done)
    child.once('error', (error) => fail(new AppError('APP_SERVER_START_FAILED', { problem: error.message })))
  })
  const end = (): void => {
    child.stdin.end()
    child.kill('SIGTERM')
  }
  return {
    wire: new LineWire(child.stdout, child.stdin),
    why: async () => {
      end()
      const code = await ended
      return new AppError('APP_SERVER_START_FAILED', { problem: said.trim() || `it ended with ${code ?? 'a signal'}` })
    },
    end,
  }
}
