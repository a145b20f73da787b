/** Owns all threads of a home: those that are loaded, and those that lie in files. */
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Flock } from '@towline/base'
import { AppError, LIMITS, type Thread, type Turn } from '@towline/protocol'
import { RpcError } from '../rpc/rpc-error.ts'
import { type ForkPoint, forkLines } from './fork-lines.ts'
import { openThreadIndex, type ThreadIndex } from './index/thread-index.ts'
import type { ThreadRow } from './index/thread-row.ts'
import type { Json } from './json.ts'
import { LiveThread } from './live-thread.ts'
import { loadThread, mend } from './load-thread.ts'
import { type ThreadNames, threadNames } from './names.ts'
import { project } from './projection/project.ts'
import { damageSentence } from './repair-rollout.ts'
import { archivedPath, rolloutPath, unarchivedPath } from './rollout-path.ts'
import { rolloutFile } from './rollout-reader.ts'
import { metaLine, metaOf, type SessionMeta } from './session-meta.ts'
import { openFileLog, openMemoryLog, type ThreadLog } from './thread-log.ts'
import type { ThreadsOptions } from './thread-options.ts'
import { changed, type SettingsChange, settingsOf } from './thread-settings.ts'
import { threadOfRow } from './thread-view.ts'
import { isUuid, uuid7 } from './uuid7.ts'
import { lockThread, takeThread } from './writer-lock.ts'

export interface ThreadStart {
  readonly change: SettingsChange
  readonly ephemeral: boolean
  readonly threadSource: string | null
  readonly dynamicTools: readonly Json[]
  /** Of config.toml, by dotted keys. */
  readonly overrides: Readonly<Record<string, unknown>> | undefined
  /** Who starts it. */
  readonly originator: string
}

export interface Opened {
  readonly live: LiveThread
  /** What is wrong with its file, for people. */
  readonly damage: string | undefined
}

const noRollout = (id: string): RpcError => new RpcError('invalidRequest', `no rollout found for thread id ${id}`)

export class Threads {
  readonly options: ThreadsOptions
  readonly index: ThreadIndex
  readonly #names: ThreadNames
  readonly #live = new Map<string, LiveThread>()
  readonly #loading = new Map<string, Promise<Opened>>()
  /** Since when nobody watches. */
  readonly #idle = new Map<string, number>()
  readonly #sweeper: NodeJS.Timeout

  constructor(options: ThreadsOptions) {
    this.options = options
    this.#names = threadNames(options.home)
    this.index = openThreadIndex(options.home, this.#names)
    this.#sweeper = setInterval(() => void this.unloadIdle(), LIMITS.threadIdleMs / 2).unref()
  }

  get loaded(): readonly string[] {
    return [...this.#live.keys()]
  }

  find(id: string): LiveThread | undefined {
    return this.#live.get(id)
  }

  /** Throws RpcError `thread not found`. */
  get(id: string): LiveThread {
    if (!isUuid(id)) throw new RpcError('invalidRequest', `invalid thread id: ${notUuid(id)}`)
    const live = this.#live.get(id)
    if (!live) throw new RpcError('invalidRequest', `thread not found: ${id}`)
    return live
  }

  /** It has no file before its first turn. */
  async start(start: ThreadStart): Promise<LiveThread> {
    this.#makeRoom()
    const { configs, environments } = this.options
    const now = this.#now()
    const cwd = start.change.cwd ?? start.change.environments?.[0]?.cwd ?? process.cwd()
    const { sandbox } = start.change
    // As stock does: whoever lets the agent write in a folder trusts it.
    if (start.change.cwd && sandbox && sandbox !== 'read-only') await configs.trust(cwd)
    const config = await configs.read(cwd, start.overrides)
    const settings = changed(settingsOf(config, cwd, environments), start.change, { config, environments })
    const id = uuid7(now)
    const meta = this.#meta(id, settings.cwd, start, settings.providerId)
    const ephemeral = start.ephemeral
    const log = ephemeral ? openMemoryLog([metaLine(meta)], () => this.#now()) : await this.#newLog(meta, now)
    const feed = this.options.hub.open(id, { lasting: !ephemeral })
    const touched = () => this.#idle.delete(id)
    const live = new LiveThread({ options: this.options, meta, config, settings, log, feed, name: null, touched })
    this.#live.set(id, live)
    return live
  }

  /** The loaded one when it is; the same for all who ask at once. Throws RpcError for one that is not there, archived, or written by another process. */
  async resume(id: string, change: SettingsChange, overrides?: ThreadStart['overrides']): Promise<Opened> {
    if (!isUuid(id)) throw new RpcError('invalidRequest', `invalid session id: ${notUuid(id)}`)
    const live = this.#live.get(id)
    if (live) return { live, damage: undefined }
    const loading =
      this.#loading.get(id) ?? this.#load(id, change, { overrides, lock: () => lockThread(this.options.home, id) })
    this.#loading.set(id, loading)
    try {
      return await loading
    } finally {
      this.#loading.delete(id)
    }
  }

  /** Resumes a thread that another server has, which lets go of it. */
  async takeOver(id: string, how: { readonly force: boolean }): Promise<Opened> {
    const live = this.#live.get(id)
    if (live) return { live, damage: undefined }
    return await this.#load(id, {}, { overrides: undefined, lock: () => takeThread(this.options.home, id, how) })
  }

  async fork(id: string, start: ThreadStart, point: ForkPoint): Promise<LiveThread> {
    this.#makeRoom()
    const source = await this.#sourceOf(id)
    const before = (await project(source)).projection
    const now = this.#now()
    const own = this.#meta(uuid7(now), before.meta?.cwd ?? '/', start, before.meta?.modelProvider ?? '')
    const meta: SessionMeta = { ...own, ...kept(before.meta), forkedFromId: id }
    const log = start.ephemeral ? openMemoryLog([metaLine(meta)], () => this.#now()) : await this.#newLog(meta, now)
    try {
      for await (const line of forkLines(source, point)) log.append(line)
    } catch (error) {
      log.close()
      if (log.path) await rm(log.path, { force: true })
      throw error
    }
    const name = this.#live.get(id)?.name ?? (await this.index.find(id))?.name ?? null
    if (name !== null && log.path) await this.#names.set(meta.id, name, now)
    const touched = () => this.#idle.delete(meta.id)
    const { change, overrides } = start
    const live = await loadThread({ options: this.options, log, meta, change, overrides, name, touched })
    this.#live.set(meta.id, live)
    return live
  }

  /** Loaded or not. Throws RpcError `thread not loaded`, and for turns of one that has none yet. */
  async read(
    id: string,
    { turns }: { readonly turns: boolean },
  ): Promise<{ readonly thread: Thread; readonly damage: string | undefined }> {
    const live = this.#live.get(id)
    if (live) return { thread: live.view(turns ? await this.#turnsOf(live, 'includeTurns') : []), damage: undefined }
    const row = await this.#row(id, `thread not loaded: ${id}`)
    if (!turns) return { thread: threadOfRow(row), damage: undefined }
    const { projection, damage } = await project(rolloutFile(row.path))
    return { thread: threadOfRow(row, projection.turns()), damage: damageSentence(damage) }
  }

  /** For lists of them. */
  async turns(id: string, method: string): Promise<readonly Turn[]> {
    const live = this.#live.get(id)
    if (live?.log.path === undefined && live)
      throw new RpcError('invalidRequest', `ephemeral threads do not support ${method}`)
    if (live) return await this.#turnsOf(live, method)
    const { path } = await this.#row(id, `thread not loaded: ${id}`)
    return (await project(rolloutFile(path))).projection.turns()
  }

  async rename(id: string, name: string): Promise<void> {
    const live = this.#live.get(id)
    if (!live) await this.#row(id)
    if (live?.log.path !== undefined || !live) await this.#names.set(id, name, this.#now())
    if (live) return live.rename(name)
    this.options.hub.find(id)?.emit('thread/name/updated', { threadId: id, threadName: name })
  }

  async archive(id: string): Promise<void> {
    const { path, archived } = await this.#row(id)
    if (archived) throw noRollout(id)
    await this.#moved(id, path, archivedPath(this.options.home, path))
    this.#tellAll(id, 'thread/archived')
  }

  async unarchive(id: string): Promise<Thread> {
    const missing = `no archived rollout found for thread id ${id}`
    const row = await this.#row(id, missing)
    if (!row.archived) throw new RpcError('invalidRequest', missing)
    await this.#moved(id, row.path, unarchivedPath(this.options.home, row.path))
    this.#tellAll(id, 'thread/unarchived')
    return threadOfRow(await this.#row(id))
  }

  async delete(id: string): Promise<void> {
    const live = this.#live.get(id)
    const path = live && !live.log.begun ? undefined : (live?.log.path ?? (await this.#row(id)).path)
    await this.unload(id)
    if (path) {
      const lock = await lockThread(this.options.home, id)
      await rm(path, { force: true })
      lock.release()
    }
    for (const { id: question } of this.options.questions.load(id)) this.options.questions.remove(id, question)
    this.#tellAll(id, 'thread/deleted')
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
      if (!live.idle) {
        this.#idle.delete(id)
        continue
      }
      const since = this.#idle.get(id) ?? now
      this.#idle.set(id, since)
      if (now - since >= LIMITS.threadIdleMs) await this.#closeIdle(id)
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper)
    await Promise.allSettled(this.#loading.values())
    for (const live of this.#live.values()) await (live.waits ? live.suspend() : live.close())
    this.#live.clear()
    await this.index.close()
  }

  async #closeIdle(id: string): Promise<void> {
    await this.unload(id)
    const { hub } = this.options
    hub.find(id)?.emit('thread/closed', { threadId: id })
    hub.drop(id)
  }

  async #load(
    id: string,
    change: SettingsChange,
    { overrides, lock }: { readonly overrides: ThreadStart['overrides']; lock(): Promise<Flock> },
  ): Promise<Opened> {
    this.#makeRoom()
    const { path, archived, name } = await this.#row(id)
    if (archived)
      throw new RpcError(
        'invalidRequest',
        `session ${id} is archived. Run \`codex unarchive ${id}\` to unarchive it first.`,
      )
    const held = await lock()
    let log: ThreadLog | undefined
    try {
      const damage = await mend(path)
      log = openFileLog({
        threadId: id,
        path,
        begun: true,
        lock: held,
        head: [],
        now: () => this.#now(),
        disk: this.options.disk,
      })
      const touched = () => this.#idle.delete(id)
      const live = await loadThread({ options: this.options, log, change, overrides, name, touched })
      this.#live.set(id, live)
      return { live, damage }
    } catch (error) {
      if (log) log.close()
      else held.release()
      throw error
    }
  }

  async #newLog(meta: SessionMeta, now: number): Promise<ThreadLog> {
    const { home, disk } = this.options
    const lock = await lockThread(home, meta.id)
    const path = rolloutPath(home, meta.id, now)
    return openFileLog({
      ...{ threadId: meta.id, path, begun: false, lock, head: [metaLine(meta)], now: () => this.#now(), disk },
    })
  }

  #meta(
    id: string,
    cwd: string,
    { originator, threadSource, dynamicTools, change }: ThreadStart,
    modelProvider: string,
  ): SessionMeta {
    return {
      ...{ id, sessionId: id, forkedFromId: null, timestamp: new Date(this.#now()).toISOString(), cwd, originator },
      ...{ cliVersion: this.options.version, source: sourceOf(originator), threadSource, modelProvider },
      baseInstructions: change.baseInstructions ?? null,
      developerInstructions: change.developerInstructions ?? null,
      ...{ git: null, dynamicTools, historyMode: 'legacy' },
    }
  }

  async #turnsOf(live: LiveThread, what: string): Promise<readonly Turn[]> {
    if (!live.log.begun && !live.active)
      throw new RpcError(
        'invalidRequest',
        `thread ${live.id} is not materialized yet; ${what} is unavailable before first user message`,
      )
    return await live.turns()
  }

  async #sourceOf(id: string) {
    const live = this.#live.get(id)
    if (live && !live.log.begun) throw noRollout(id)
    return live?.log.source ?? rolloutFile((await this.#row(id)).path)
  }

  async #row(id: string, missing = `no rollout found for thread id ${id}`): Promise<ThreadRow> {
    const row = isUuid(id) ? await this.index.find(id) : undefined
    if (!row) throw new RpcError('invalidRequest', missing)
    return row
  }

  /** Nobody writes it meanwhile. */
  async #moved(id: string, from: string, to: string): Promise<void> {
    await this.unload(id)
    const lock = await lockThread(this.options.home, id)
    try {
      await mkdir(dirname(to), { recursive: true, mode: 0o700 })
      await rename(from, to)
    } finally {
      lock.release()
    }
  }

  #tellAll(id: string, method: 'thread/archived' | 'thread/unarchived' | 'thread/deleted'): void {
    const { hub } = this.options
    hub.find(id)?.emit(method, { threadId: id })
    if (method !== 'thread/unarchived') hub.drop(id)
  }

  /** An idle one goes for a further one. */
  #makeRoom(): void {
    if (this.#live.size < LIMITS.threadsLoaded) return
    const idle = [...this.#live.values()].find((live) => live.idle)
    if (!idle) throw new AppError('LIMIT_REACHED', { limit: 'threadsLoaded', value: LIMITS.threadsLoaded })
    void this.#closeIdle(idle.id)
  }

  #now(): number {
    return (this.options.now ?? Date.now)()
  }
}

export const openThreads = (options: ThreadsOptions): Threads => new Threads(options)

/** In the words of stock. */
const notUuid = (id: string): string => {
  const at = [...id].findIndex((letter) => !/[0-9a-f-]/i.test(letter))
  if (at >= 0)
    return `invalid character: expected an optional prefix of \`urn:uuid:\` followed by [0-9a-fA-F-], found \`${id.charAt(at)}\` at ${at + 1}`
  return `invalid length: expected length 32 for simple format, found ${id.length}`
}

/** As stock names it: its lists show what people began themselves. */
const sourceOf = (originator: string): string => {
  if (/exec/i.test(originator)) return 'exec'
  return /tui|cli/i.test(originator) ? 'cli' : 'vscode'
}

const kept = (meta: ReturnType<typeof metaOf>) =>
  meta && {
    ...{ cwd: meta.cwd, modelProvider: meta.modelProvider, baseInstructions: meta.baseInstructions },
    ...{ developerInstructions: meta.developerInstructions, git: meta.git, dynamicTools: meta.dynamicTools },
  }
