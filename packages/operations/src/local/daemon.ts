/** Owns the supervisor of a user: it holds managed tunnels and pending approvals while those who asked for them come and go. */
import { chmod, rm, stat, truncate } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { type Log, newId, withFileLock } from '@towline/base'
import { AppError, type Limits, LIMITS } from '@towline/protocol'
import type { Env } from '../context/home.ts'
import type { forward } from '../tunnel/forward.ts'
import { answer, keepsSomething } from './answers.ts'
import { Approvals } from './approvals.ts'
import { reach } from './call.ts'
import { lost } from './local-tunnel.ts'
import { ManagedTunnels } from './managed-tunnels.ts'
import { type LocalPlace, localPlace, newSocketPath, openFolder, readWhere, removeSocket, writeWhere } from './place.ts'
import { serveCall } from './serve-call.ts'
import { daemonEnv } from './daemon-env.ts'
import { readBootId, readState, recovered, StateWriter, writeState } from './state-file.ts'
import { type Hello, LOCAL_WIRE } from './wire.ts'

export interface DaemonOptions {
  /** Says where the home folder is; what names servers or holds tokens is left out of it. */
  readonly env: Env
  /** Product and version. */
  readonly agent: string
  readonly log: Log
  readonly limits?: Limits | undefined
  /** Milliseconds since the epoch. */
  readonly clock?: (() => number) | undefined
  /** For tests. */
  readonly forward?: typeof forward | undefined
}

export interface Daemon extends AsyncDisposable {
  readonly id: string
  readonly socket: string
  /** Resolves with why it ended, after it did. */
  readonly over: Promise<string>
  /** Ends expired tunnels, and the supervisor itself when it was idle for long or cannot be reached any more. */
  sweep(): Promise<void>
  /** Tells all tunnels lost for this reason, then ends them. Twice is harmless. */
  close(reason?: string): Promise<void>
}

/** Undefined when one runs already. Rejects with CONFIG_INVALID, or LOCAL_SILENT when one runs and does not answer. */
export const openDaemon = async (options: DaemonOptions): Promise<Daemon | undefined> => {
  const { limits = LIMITS } = options
  const env = daemonEnv(options.env)
  const place = localPlace(env)
  await openFolder(place)
  const { readAsked } = await import('./requests.ts')
  return await withFileLock(place.turn, async () => {
    const running = await reach(place, limits)
    running?.lines.destroy()
    if (running) return undefined
    const before = await readWhere(place)
    if (before) await removeSocket(place, before.socket)
    return await Supervising.open({ ...options, env, limits, place, read: readAsked })
  })
}

interface Opening extends DaemonOptions {
  readonly limits: Limits
  readonly place: LocalPlace
  readonly read: Parameters<typeof serveCall>[1]['read']
}

class Supervising implements Daemon {
  readonly id = newId('sup')
  readonly over: Promise<string>
  readonly #options: Opening
  readonly #clock: () => number
  readonly #server: Server
  readonly #calls = new Set<Socket>()
  readonly #approvals: Approvals
  #tunnels!: ManagedTunnels
  #writer!: StateWriter
  #socket = ''
  #tellOver = (_reason: string): void => undefined
  #sweeping: NodeJS.Timeout | undefined
  #usedAt: number
  #closing: Promise<void> | undefined
  /** No further call is taken. */
  #leaving = false
  /** The place says that we are here. */
  #ready = false

  private constructor(options: Opening) {
    this.#options = options
    this.#clock = options.clock ?? Date.now
    this.#usedAt = this.#clock()
    this.#approvals = new Approvals({ limits: options.limits, clock: this.#clock })
    this.#server = createServer((socket) => void this.#serve(socket))
    this.over = new Promise((done) => {
      this.#tellOver = done
    })
  }

  /** In the turn of this place. */
  static async open(options: Opening): Promise<Supervising> {
    const made = new Supervising(options)
    await made.#open()
    return made
  }

  get socket(): string {
    return this.#socket
  }

  async #open(): Promise<void> {
    const { place, env, agent, limits, log } = this.#options
    const bootId = await readBootId()
    const ended = recovered(await readState(place), bootId, Math.floor(this.#clock() / 1000))
    this.#writer = new StateWriter(async () => {
      if (this.#ready && !(await this.#isOurs())) return
      await writeState(place, { tunnels: this.#tunnels.all(), ...(bootId !== undefined && { bootId }) })
    })
    const save = (): Promise<void> => this.#writer.save()
    const { forward: open } = this.#options
    this.#tunnels = new ManagedTunnels({ agent, limits, clock: this.#clock, ended, save, forward: open })
    this.#socket = await newSocketPath(place, this.id, env)
    await listenOn(this.#server, this.#socket)
    await chmod(this.#socket, 0o600)
    await save()
    await writeWhere(place, { supervisorId: this.id, socket: this.#socket, pid: process.pid })
    this.#ready = true
    this.#sweeping = setInterval(() => void this.sweep(), limits.localSweepMs)
    log.info({ supervisorId: this.id, socket: this.#socket, lost: ended.length }, 'supervising')
  }

  async sweep(): Promise<void> {
    if (this.#closing) return
    const { limits } = this.#options
    this.#tunnels.sweep()
    this.#approvals.sweep()
    if (this.#calls.size > 0 || keepsSomething({ tunnels: this.#tunnels, approvals: this.#approvals }))
      this.#usedAt = this.#clock()
    if (this.#clock() - this.#usedAt >= limits.localIdleMs) return await this.close('it was idle')
    await boundLog(this.#options.place, limits)
    // Nobody could list or stop what it serves any more.
    if (!(await this.#isOurs())) await this.close('its folder is gone, or another runs')
  }

  close(reason = 'the supervisor that served it was told to end'): Promise<void> {
    this.#leaving = true
    this.#closing ??= this.#close(reason)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** First it is told, so that the next supervisor may begin, then ended. */
  async #close(reason: string): Promise<void> {
    const { place, log } = this.#options
    clearInterval(this.#sweeping)
    log.info({ supervisorId: this.id, reason, tunnels: this.#tunnels.count }, 'ending')
    const ended = await this.#leave(reason).catch((error: unknown) => {
      log.error({ err: error }, 'the end could not be told')
      return this.#tunnels.close(reason)
    })
    await ended.done
    for (const call of this.#calls) call.destroy()
    await removeSocket(place, this.#socket)
    this.#tellOver(reason)
  }

  /** What another supervisor wrote since, or a folder that is gone, is not ours to replace. */
  async #leave(reason: string): Promise<{ readonly done: Promise<unknown> }> {
    const { place } = this.#options
    if (await this.#isOurs()) await withFileLock(place.turn, () => this.#tellLost(reason))
    await this.#writer.close()
    this.#server.close()
    return this.#tunnels.close(reason)
  }

  async #tellLost(reason: string): Promise<void> {
    const { place } = this.#options
    if (!(await this.#isOurs())) return
    await this.#writer.close()
    const now = Math.floor(this.#clock() / 1000)
    const bootId = await readBootId()
    const tunnels = this.#tunnels.all().map((tunnel) => lost(tunnel, reason, now))
    await writeState(place, { tunnels, ...(bootId !== undefined && { bootId }) })
    await rm(place.where, { force: true })
  }

  /** A folder that cannot be read right now is not gone. */
  async #isOurs(): Promise<boolean> {
    const where = await readWhere(this.#options.place).catch(() => 'unknown' as const)
    return where === 'unknown' || where?.supervisorId === this.id
  }

  async #serve(socket: Socket): Promise<void> {
    const { limits, log, read, env } = this.#options
    socket.on('error', () => undefined)
    // Without a hello: its client looks for another one.
    if (this.#leaving) return void socket.destroy()
    if (this.#calls.size >= limits.localCalls) {
      const value = limits.localCalls
      const error = new AppError('LIMIT_REACHED', { limit: 'localCalls', value }).toJSON()
      return void socket.end(`${JSON.stringify({ error })}\n`)
    }
    this.#calls.add(socket)
    this.#usedAt = this.#clock()
    const kept = { env, tunnels: this.#tunnels, approvals: this.#approvals, retire: () => this.#retire() }
    await serveCall(socket, {
      hello: this.#hello(),
      limits,
      log,
      read,
      answer: (asked, signal) => answer(asked, kept, signal),
    })
    this.#calls.delete(socket)
    this.#usedAt = this.#clock()
  }

  #retire(): void {
    this.#leaving = true
    // In the next turn: its asker is answered first.
    setImmediate(() => void this.close('it was replaced or told to end with all it kept'))
  }

  #hello(): Hello {
    return {
      ...{ towline: 'local', wire: LOCAL_WIRE, supervisorId: this.id, program: this.#options.agent, pid: process.pid },
      tunnels: this.#tunnels.count,
      approvals: this.#approvals.count,
    }
  }
}

/** What writes to it appends, so that it goes on at the new end. */
const boundLog = async ({ log }: LocalPlace, { localLogBytes }: Limits): Promise<void> => {
  const found = await stat(log).catch(() => undefined)
  if (found && found.size > localLogBytes) await truncate(log).catch(() => undefined)
}

const listenOn = (server: Server, path: string): Promise<void> =>
  new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      fail(new AppError('CONFIG_INVALID', { key: 'socket', file: path, problem: error.code ?? error.message })),
    )
    server.listen(path, done)
  })
