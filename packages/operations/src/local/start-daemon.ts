/** Owns starting the supervisor of this user as a process of its own, which outlives whoever starts it. */
import { spawn } from 'node:child_process'
import { open, rename, stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { withFileLock } from '@towline/base'
import { AppError, type Limits } from '@towline/protocol'
import type { Env } from '../context/home.ts'
import { type Reached, reach } from './call.ts'
import { daemonEnv } from './daemon-env.ts'
import { type LocalPlace, openFolder } from './place.ts'

export interface StartOptions {
  readonly env: Env
  readonly place: LocalPlace
  readonly limits: Limits
  /** Program and first arguments of this command line. */
  readonly program: readonly string[]
  readonly signal?: AbortSignal | undefined
}

/** The words that serve. */
const WORDS = ['local', 'serve'] as const
const LOOK_MS = 20

/** One that answers: of several who start it at once, one does and the others find it. Rejects with LOCAL_START_FAILED. */
export const startDaemon = async (options: StartOptions): Promise<Reached> => {
  const { place, limits, signal } = options
  await openFolder(place)
  return await withFileLock(place.start, async () => (await reach(place, limits, signal)) ?? (await started(options)))
}

const started = async ({ env, place, limits, program, signal }: StartOptions): Promise<Reached> => {
  const [file, ...words] = program
  if (file === undefined) throw failed(place, 'its program is not known')
  await makeRoom(place, limits)
  const log = await open(place.log, 'a', 0o600)
  const child = spawn(file, [...words, ...WORDS], {
    ...{ detached: true, cwd: '/', env: { ...daemonEnv(env) }, windowsHide: true },
    stdio: ['ignore', log.fd, log.fd],
  })
  let end: string | undefined
  child.once('error', (error: NodeJS.ErrnoException) => (end ??= error.code ?? error.message))
  child.once('exit', (status, killed) => (end ??= `it ended with ${status ?? killed}`))
  await log.close()
  child.unref()
  const until = performance.now() + limits.localStartMs
  while (performance.now() < until) {
    signal?.throwIfAborted()
    const reached = await reach(place, limits, signal)
    if (reached) return reached
    if (end !== undefined) throw failed(place, end)
    await pause(LOOK_MS)
  }
  child.kill('SIGTERM')
  throw failed(place, `it did not answer within ${limits.localStartMs} ms`)
}

/** What a log of before has beyond its bound is set aside. */
const makeRoom = async ({ log }: LocalPlace, { localLogBytes }: Limits): Promise<void> => {
  const found = await stat(log).catch(() => undefined)
  if (found && found.size > localLogBytes) await rename(log, `${log}.1`).catch(() => undefined)
}

const failed = ({ log }: LocalPlace, problem: string): AppError => new AppError('LOCAL_START_FAILED', { problem, log })
