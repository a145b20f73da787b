/** Owns a stock app-server that this process has started: it listens on a socket of ours, is started again when it dies, and ends with us. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { Wire } from '@towline/app-server'
import type { Env } from '@towline/operations'
import { AppError, LIMITS } from '@towline/protocol'
import { dialUpstream } from './dial-upstream.ts'

export interface StockChildOptions {
  /** Path of the program. */
  readonly program: string
  readonly env: Env
  readonly cwd: string
  /** Hears what it writes to standard error. */
  readonly stderr: Writable
  /** It ended by itself, and is started again in so many milliseconds. */
  readonly onDied: (problem: string, againMs: number) => void
}

export interface StockChild {
  /** An open wire, once it is up. Rejects with APP_UPSTREAM_DOWN. */
  dial(): Promise<Wire>
  /** Whether it was heard to be up, and has not ended since. */
  readonly up: boolean
  /** Ends it with all it started. Twice is harmless. */
  close(): Promise<void>
}

/** Resolves when it listens. Rejects with APP_UPSTREAM_DOWN when it ends before, or does not listen in time. */
export const openStockChild = async (options: StockChildOptions): Promise<StockChild> => {
  const folder = await mkdtemp(join(tmpdir(), 'towline-app-'))
  const child = new Child(options, folder)
  try {
    await child.begin()
    return child
  } catch (error) {
    await child.close()
    throw error
  }
}

const FIRST_BACKOFF_MS = 250
/** Between two looks whether it listens. */
const LOOK_MS = 25
const COMPLAINT_CHARS = 2000

class Child implements StockChild {
  readonly #options: StockChildOptions
  readonly #folder: string
  readonly #socket: string
  readonly #ending = new AbortController()
  #process: ChildProcess | undefined
  /** Settles when the one that runs now listens, or has failed to. */
  #starting: Promise<void> = Promise.resolve()
  #up = false
  #failures = 0
  #closing: Promise<void> | undefined

  constructor(options: StockChildOptions, folder: string) {
    this.#options = options
    this.#folder = folder
    this.#socket = join(folder, 'app.sock')
  }

  get up(): boolean {
    return this.#up
  }

  async begin(): Promise<void> {
    this.#starting = this.#start()
    await this.#starting
  }

  async dial(): Promise<Wire> {
    await this.#starting
    return await dialUpstream({ kind: 'unix', path: this.#socket })
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#ending.abort()
    this.#starting.catch(() => undefined)
    if (this.#process) await endGroup(this.#process)
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #start(): Promise<void> {
    const { program, env, cwd, stderr } = this.#options
    await rm(this.#socket, { force: true })
    const child = spawn(program, ['app-server', '--listen', `unix://${this.#socket}`], {
      cwd,
      // What names servers of ours and holds tokens for them is not for the agent.
      env: Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TOWLINE_'))),
      stdio: ['ignore', 'ignore', 'pipe'],
      // Whoever presses Ctrl-C ends this process, which ends that one in its turn.
      detached: true,
    })
    this.#process = child
    let complaint = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = `${complaint}${text}`.slice(-COMPLAINT_CHARS)
      stderr.write(text)
    })
    const startedAt = performance.now()
    const ended = endOf(child)
    await this.#untilUp(ended.then((how) => complaint.trim() || how)).catch(async (error: unknown) => {
      await endGroup(child)
      throw error
    })
    void ended.then((how) => this.#died(complaint.trim() || how, performance.now() - startedAt))
  }

  /** Rejects with what it said when it ends before, and with our own end. */
  async #untilUp(ended: Promise<string>): Promise<void> {
    let problem: string | undefined
    void ended.then((said) => (problem = said))
    for (let waited = 0; waited < LIMITS.appUpstreamStartMs; waited += LOOK_MS) {
      const wire = await dialUpstream({ kind: 'unix', path: this.#socket }).catch(() => undefined)
      wire?.close()
      if (problem !== undefined) throw new AppError('APP_UPSTREAM_DOWN', { problem })
      if (wire) return void (this.#up = true)
      await wait(LOOK_MS, undefined, { signal: this.#ending.signal })
    }
    throw new AppError('APP_UPSTREAM_DOWN', { problem: 'it does not listen in time' })
  }

  #died(problem: string, ranMs: number): void {
    this.#up = false
    if (this.#ending.signal.aborted) return
    if (ranMs >= LIMITS.appUpstreamSteadyMs) this.#failures = 0
    const againMs =
      this.#failures === 0 ? 0 : Math.min(FIRST_BACKOFF_MS * 2 ** this.#failures, LIMITS.appUpstreamBackoffMs)
    this.#failures += 1
    this.#options.onDied(problem, againMs)
    this.#starting = wait(againMs, undefined, { signal: this.#ending.signal }).then(() => this.#start())
    this.#starting.catch((error: unknown) => this.#died(error instanceof Error ? error.message : '', 0))
  }
}

/** Resolves with how it ended, in words. */
const endOf = (child: ChildProcess): Promise<string> =>
  new Promise((done) => {
    child.once('error', ({ message }) => done(message))
    child.once('exit', (code, signal) => done(`it ended with ${signal ?? `status ${code}`}`))
  })

/** Asked first, killed after the grace; what it started too. */
const endGroup = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const ended = endOf(child)
    kill(child.pid, 'SIGTERM')
    const timer = setTimeout(() => kill(child.pid, 'SIGKILL'), LIMITS.execServerKillGraceMs)
    await ended
    clearTimeout(timer)
  }
  kill(child.pid, 'SIGKILL')
}

const kill = (pid: number | undefined, signal: NodeJS.Signals): void => {
  try {
    if (pid !== undefined) process.kill(-pid, signal)
  } catch {
    // It has gone.
  }
}
