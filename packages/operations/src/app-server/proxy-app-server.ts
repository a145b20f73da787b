/** Owns joining a client to the app-server of this user on this machine, which is started when none runs: it outlives the client. */
import { spawn } from 'node:child_process'
import { mkdir, open } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { dirname } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { withFileLock } from '@towline/base'
import { AppError, LIMITS } from '@towline/protocol'
import type { Env } from '../context/home.ts'
import { dialUnix } from '../webtty/dial-unix.ts'

export interface ProxyRequest {
  /** Of the server. */
  readonly socket: string
  /** Starts a server on that socket, as a process that goes on; absent: none is started. */
  readonly server?: { readonly argv: readonly string[]; readonly env: Env; readonly log: string } | undefined
  readonly input: Readable
  readonly output: Writable
  readonly signal: AbortSignal
}

/**
 * Carries bytes until either side ends: those of a WebSocket, beginning with its handshake. Rejects with
 * SERVER_UNREACHABLE, APP_SERVER_START_FAILED.
 */
export const proxyAppServer = async (request: ProxyRequest): Promise<void> => {
  const { input, output, signal } = request
  const socket = await reached(request)
  const stop = (): void => void socket.destroy()
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  output.once('error', stop)
  input.once('error', stop)
  // The server is done; what is said to it now nobody hears.
  socket.once('end', () => socket.end())
  input.pipe(socket)
  socket.pipe(output, { end: false })
  await finished(socket).catch(() => undefined)
  signal.removeEventListener('abort', stop)
  input.unpipe(socket)
}

const reached = async ({ socket, server, signal }: ProxyRequest): Promise<Socket> => {
  if (!server) return await dialUnix(socket)
  const found = await dialUnix(socket).catch(missing)
  if (found) return found
  await mkdir(dirname(socket), { recursive: true, mode: 0o700 })
  return await withFileLock(`${socket}.start`, async () => {
    return (await dialUnix(socket).catch(missing)) ?? (await started({ socket, server, signal }))
  })
}

/** One that somebody else put there stays an error. */
const missing = (error: unknown): undefined => {
  const { problem } = (error as AppError).details ?? {}
  if (problem === 'ENOENT' || problem === 'ECONNREFUSED') return undefined
  throw error
}

const LOOK_MS = 20

const started = async (
  asked: Required<Pick<ProxyRequest, 'socket' | 'signal'>> & { readonly server: NonNullable<ProxyRequest['server']> },
): Promise<Socket> => {
  const { argv, env, log } = asked.server
  const [file = '', ...words] = argv
  const written = await open(log, 'a', 0o600)
  const child = spawn(file, words, {
    ...{ detached: true, cwd: '/', env: env as NodeJS.ProcessEnv, windowsHide: true },
    stdio: ['ignore', written.fd, written.fd],
  })
  let end: string | undefined
  child.once('error', (error: NodeJS.ErrnoException) => (end ??= error.code ?? error.message))
  child.once('exit', (status, killed) => (end ??= `it ended with ${status ?? killed}`))
  await written.close()
  child.unref()
  const until = performance.now() + LIMITS.localStartMs
  while (performance.now() < until) {
    asked.signal.throwIfAborted()
    const socket = await dialUnix(asked.socket).catch(missing)
    if (socket) return socket
    if (end !== undefined) throw new AppError('APP_SERVER_START_FAILED', { problem: `${end}; see ${log}` })
    await pause(LOOK_MS)
  }
  child.kill('SIGTERM')
  throw new AppError('APP_SERVER_START_FAILED', { problem: `it did not answer in time; see ${log}` })
}
