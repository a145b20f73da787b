/** Owns all threads of a home: those that are loaded, and those that lie in files. */
import { rm } from 'node:fs/promises'
import type { Flock } from '@towline/base'
import { AppError, LIMITS, type Thread, type Turn } from '@towline/protocol'
import { RpcError } from '../rpc/rpc-error.ts'
import { type ForkPoint, forkLines } from './fork-lines.ts'
import type { ThreadIndex } from './index/thread-index.ts'
import { LiveThread } from './live-thread.ts'
import { loadThread, mend } from './load-thread.ts'
import { project } from './projection/project.ts'
import { ReadStates } from './read-states.ts'
import { openStoredThreads, type StoredThreads } from './stored-threads.ts'
import type { ThreadLog } from './thread-log.ts'
import { ThreadLogs } from './thread-logs.ts'
import { nowOf, type ThreadsOptions } from './thread-options.ts'
import { type ReadThread, ThreadReader } from './thread-reader.ts'
import type { SettingsChange } from './thread-settings.ts'
import { forkedMeta, newMeta, prepareStart, type ThreadStart } from './thread-start.ts'
import { threadOfRow } from './thread-view.ts'
import { isUuid, uuid7, uuidProblem } from './uuid7.ts'
import { lockThread, takeThread } from './writer-lock.ts'

/** A loaded thread. */
export interface Opened {
  readonly live: LiveThread
  /** What is wrong with its file, for people. */
  readonly damage: string | undefined
}

type Overrides = ThreadStart['overrides']

export class Threads {
  readonly options: ThreadsOptions
  readonly readStates: ReadStates
  readonly #stored: StoredThreads
  readonly #reader: ThreadReader
  readonly #logs: ThreadLogs
  readonly #live = new Map<string, LiveThread>()
  readonly #loading = new Map<string, Promise<Opened>>()
  /** Since when nobody watches. */
  readonly #idle = new Map<string, number>()
  readonly #sweeper: NodeJS.Timeout

  constructor(options: ThreadsOptions) {
    this.options = options
    this.readStates = new ReadStates(options.home)
    this.#stored = openStoredThreads(options.home)
    this.#reader = new ThreadReader(this.#stored, (id) => this.#live.get(id))
    this.#logs = new ThreadLogs(options)
    this.#sweeper = setInterval(() => void this.unloadIdle(), LIMITS.threadIdleMs / 2).unref()
  }

  get index(): ThreadIndex {
    return this.#stored.index
  }

  get loaded(): readonly string[] {
    return [...this.#live.keys()]
  }

  find(id: string): LiveThread | undefined {
    return this.#live.get(id)
  }

  /** Throws RpcError `thread not found`. */
  get(id: string): LiveThread {
    if (!isUuid(id)) throw new RpcError('invalidRequest', `invalid thread id: ${uuidProblem(id)}`)
    const live = this.#live.get(id)
    if (!live) throw new RpcError('invalidRequest', `thread not found: ${id}`)
    return live
  }

  /** It has no file before its first turn. Throws RpcError, CONFIG_INVALID and LIMIT_REACHED. */
  async start(start: ThreadStart): Promise<LiveThread> {
    this.#makeRoom()
    const { options } = this
    const { meta, config, settings } = await prepareStart(options, start)
    const log = await this.#logs.begin(meta, start)
    const feed = options.hub.open(meta.id, { lasting: !start.ephemeral })
    const { overrides } = start
    return this.#keep(new LiveThread({ options, meta, config, overrides, settings, log, feed, name: null }))
  }

  /**
   * The loaded one when it is; the same for all who ask at once. Throws RpcError for one that is not there, archived, or
   * written by another process.
   */
  async resume(id: string, change: SettingsChange, overrides?: Overrides): Promise<Opened> {
    if (!isUuid(id)) throw new RpcError('invalidRequest', `invalid session id: ${uuidProblem(id)}`)
    return await this.#open(id, { change, overrides, lock: () => lockThread(this.options.home, id) })
  }

  /** Resumes a thread that another server has, which lets go of it. Throws RpcError as `resume` does. */
  async takeOver(id: string, how: { readonly force: boolean }): Promise<Opened> {
    const lock = () => takeThread(this.options.home, id, how)
    return await this.#open(id, { change: {}, overrides: undefined, lock })
  }

  /** Throws RpcError for a thread or turn that is not there. */
  async fork(id: string, start: ThreadStart, point: ForkPoint): Promise<LiveThread> {
    this.#makeRoom()
    const source = await this.#reader.source(id)
    const from = (await project(source)).projection.meta
    if (!from) throw new RpcError('invalidRequest', `no rollout found for thread id ${id}`)
    const now = this.#now()
    const place = { id: uuid7(now), cwd: from.cwd, modelProvider: from.modelProvider, git: from.git, now }
    const meta = forkedMeta(newMeta(this.options, start, place), { ...from, id })
    const log = await this.#logs.begin(meta, start)
    try {
      for await (const line of forkLines(source, { ...point, mode: from.historyMode })) log.append(line)
      const name = this.#live.get(id)?.name ?? (await this.index.find(id))?.name ?? null
      if (name !== null && log.path) await this.#stored.name(meta.id, name, now)
      return this.#keep(await loadThread({ options: this.options, log, meta, ...start, name }))
    } catch (error) {
      log.close()
      if (log.path) await rm(log.path, { force: true })
      throw error
    }
  }

  /** Loaded or not. Throws RpcError `thread not loaded`, and for turns of one that has none yet. */
  read(id: string, how: { readonly turns: boolean }): Promise<ReadThread> {
    return this.#reader.read(id, how)
  }

  /** For lists of them: `method` is who asks. Throws RpcError for a thread that has none to list. */
  turns(id: string, method: string): Promise<readonly Turn[]> {
    return this.#reader.turns(id, method)
  }

  async rename(id: string, name: string): Promise<void> {
    const live = this.#live.get(id)
    if (!live) await this.#stored.row(id)
    if (!live || live.log.path !== undefined) await this.#stored.name(id, name, this.#now())
    if (live) return live.rename(name)
    this.options.hub.find(id)?.emit('thread/name/updated', { threadId: id, threadName: name })
  }

  async archive(id: string): Promise<void> {
    await this.#stored.row(id)
    await this.unload(id)
    await this.#stored.archive(id)
    this.#tell(id, 'thread/archived')
  }

  async unarchive(id: string): Promise<Thread> {
    const row = await this.#stored.unarchive(id)
    this.#tell(id, 'thread/unarchived')
    return threadOfRow(row)
  }

  async delete(id: string): Promise<void> {
    const live = this.#live.get(id)
    const path = live ? live.log.begun && live.log.path : (await this.#stored.row(id)).path
    await this.unload(id)
    if (path) await this.#stored.delete(id, path)
    const { questions } = this.options
    for (const { id: question } of questions.load(id)) questions.remove(id, question)
    this.#tell(id, 'thread/deleted')
  }

  /** Stops what it does. */
  async unload(id: string): Promise<void> {
    const live = this.#live.get(id)
    if (!live) return
    this.#live.delete(id)
    this.#idle.delete(id)
    await live.close()
    live.feed.emit('thread/status/changed', { threadId: id, status: { type: 'notLoaded' } })
  }

  /** Those that nobody watched for long. */
  async unloadIdle(): Promise<void> {
    const now = this.#now()
    for (const [id, live] of [...this.#live]) {
      if (!live.idle) this.#idle.delete(id)
      else if (now - Math.max(this.#idle.get(id) ?? now, live.updatedAtMs) >= LIMITS.threadIdleMs)
        await this.#retire(id)
      else this.#idle.set(id, this.#idle.get(id) ?? now)
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper)
    await Promise.allSettled(this.#loading.values())
    for (const live of this.#live.values()) await (live.waits ? live.suspend() : live.close())
    this.#live.clear()
    await this.#stored.close()
  }

  async #retire(id: string): Promise<void> {
    await this.unload(id)
    this.#tell(id, 'thread/closed')
  }

  #keep(live: LiveThread): LiveThread {
    live.ended = async (turnId) => {
      if (live.log.path === undefined) return
      const readState = await this.readStates.ended(live.id, turnId)
      live.feed.emit('thread/readState/changed', { threadId: live.id, readState })
    }
    this.#live.set(live.id, live)
    return live
  }

  async #open(id: string, opening: Opening): Promise<Opened> {
    const live = this.#live.get(id)
    if (live) return { live, damage: undefined }
    const loading = this.#loading.get(id) ?? this.#load(id, opening)
    this.#loading.set(id, loading)
    try {
      return await loading
    } finally {
      this.#loading.delete(id)
    }
  }

  async #load(id: string, { change, overrides, lock }: Opening): Promise<Opened> {
    this.#makeRoom()
    const { path, archived, name } = await this.#stored.row(id)
    if (archived) {
      const next = `Run \`codex unarchive ${id}\` to unarchive it first.`
      throw new RpcError('invalidRequest', `session ${id} is archived. ${next}`)
    }
    const held = await lock()
    let log: ThreadLog | undefined
    try {
      const { damage, ordinal } = await mend(path)
      log = this.#logs.goOn(id, { path, ordinal, lock: held })
      const live = await loadThread({ options: this.options, log, change, overrides, name })
      return { live: this.#keep(live), damage }
    } catch (error) {
      if (log) log.close()
      else held.release()
      throw error
    }
  }

  /** After these nobody watches it any more, but for one that comes out of the archive. */
  #tell(id: string, method: 'thread/archived' | 'thread/unarchived' | 'thread/deleted' | 'thread/closed'): void {
    const { hub } = this.options
    hub.find(id)?.emit(method, { threadId: id })
    if (method !== 'thread/unarchived') hub.drop(id)
  }

  /** An idle one goes for a further one. */
  #makeRoom(): void {
    const { threadsLoaded: value } = LIMITS
    if (this.#live.size < value) return
    const idle = [...this.#live.values()].find((live) => live.idle)
    if (!idle) throw new AppError('LIMIT_REACHED', { limit: 'threadsLoaded', value })
    void this.#retire(idle.id)
  }

  #now(): number {
    return nowOf(this.options)
  }
}

interface Opening {
  readonly change: SettingsChange
  readonly overrides: Overrides
  lock(): Promise<Flock>
}

export const openThreads = (options: ThreadsOptions): Threads => new Threads(options)
