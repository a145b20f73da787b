/** Owns a program on another machine that the system's OpenSSH starts: its standard input and output, and how it ends. */
import { spawn } from 'node:child_process'
import { Duplex } from 'node:stream'
import { findProgram, randomText } from '@towline/base'
import { AppError, LIMITS, shown } from '@towline/protocol'
import type { Env } from '../context/home.ts'
import { afterMark, type Begun } from './after-mark.ts'
import { type Child, type WatchedChild, watchChild } from './ssh-child.ts'
import { type SshEnd, sshFault, sshLoss } from './ssh-fault.ts'
import { type SshTarget, sshWords } from './ssh-words.ts'
import { startScript } from './start-script.ts'

export interface SshRequest extends SshTarget {
  readonly env: Env
  /** By a name that a login shell there finds, or a path. */
  readonly program: string
  /** After the program. */
  readonly words: readonly string[]
  /** Hears what OpenSSH and the program say on standard error, until the program is ready. */
  readonly onSaid?: (text: string) => void
  readonly signal: AbortSignal
}

export interface SshProgram extends AsyncDisposable {
  /** Only what the program says; nothing of the shells that started it. */
  readonly stream: Duplex
  /** Settles when it is over: with what went wrong, or nothing. */
  readonly ended: Promise<AppError | undefined>
  close(): Promise<void>
}

const NONCE_CHARS = 24

/** Resolves when the program runs. Rejects with SSH_… errors, OPTION_INVALID, or the signal's reason. */
export const openSsh = async (request: SshRequest): Promise<SshProgram> => {
  const { env, host, signal } = request
  const argv = sshWords(request)
  checkProgram(request.program)
  const ssh = findProgram(env, 'ssh')
  if (ssh === undefined) throw new AppError('SSH_CLIENT_MISSING', {})
  signal.throwIfAborted()
  const child: Child = spawn(ssh, argv, { stdio: 'pipe', env: env as NodeJS.ProcessEnv })
  const watched = watchChild(child, request.onSaid)
  const { close } = watched
  const abort = (): void => void close()
  signal.addEventListener('abort', abort, { once: true })
  void watched.exited.then(() => signal.removeEventListener('abort', abort))
  try {
    await begin(child, watched, request)
  } catch (error) {
    await close()
    throw error
  }
  watched.hush()
  const ended = watched.exited.then(() => (watched.isClosed ? undefined : sshLoss({ host, ...watched.end() })))
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin })
  // What went wrong is told by `ended`.
  stream.on('error', () => undefined)
  return { stream, ended, close, [Symbol.asyncDispose]: close }
}

const checkProgram = (program: string): void => {
  const problem = program === '' || program.startsWith('-') || /\p{C}/u.test(program) ? 'it is no program' : undefined
  if (problem) throw new AppError('OPTION_INVALID', { option: '--program', value: shown(program), problem })
}

const begin = async (child: Child, watched: WatchedChild, request: SshRequest): Promise<void> => {
  const { host, program, words, signal } = request
  const nonce = randomText(NONCE_CHARS)
  child.stdin.write(startScript({ nonce, program, words }))
  const begun = await untilReady(child, nonce)
  if (begun.is === 'ended') await watched.exited
  signal.throwIfAborted()
  if (begun.is !== 'ready') throw refusal(begun, { host, program, ...watched.end() })
}

/** People may type a password as long as they like; from when our script runs, the rest has a deadline. */
const untilReady = async (child: Child, nonce: string): Promise<Begun> => {
  let timer: NodeJS.Timeout | undefined
  const late = new AbortController()
  const begun = (): void => {
    timer ??= setTimeout(() => late.abort(), LIMITS.sshStartMs)
  }
  try {
    return await afterMark(child.stdout, { nonce, begun, signal: late.signal })
  } finally {
    clearTimeout(timer)
  }
}

const refusal = (begun: Begun, end: SshEnd & { readonly program: string }): AppError => {
  const of = { host: shown(end.host) }
  if (begun.is === 'missing') return new AppError('SSH_PROGRAM_MISSING', { ...of, program: shown(end.program) })
  if (begun.is === 'noise') return new AppError('SSH_NOISE', { ...of, noise: shown(begun.text) })
  if (begun.is === 'silent') return new AppError('SSH_SILENT', { ...of, seconds: String(LIMITS.sshStartMs / 1000) })
  return sshFault(end)
}
