/** Owns one watch: a folder, with all below when asked, by one inotify watch a folder; what changed is told by path. */
import { type FSWatcher, watch as watchPath } from 'node:fs'
import { AppError, type Limits } from '@towline/protocol'
import { typeOf, type FileType } from '../root/entry.ts'
import { opened } from '../root/open-root.ts'
import { joinParts } from '../root/path.ts'
import { demandFolder, type Step } from '../root/spot.ts'
import type { Walk } from '../root/walk.ts'
import { listFolder } from '../routes/list.ts'

/** What is at a path now; null when nothing is any more. */
export interface Change {
  readonly path: string
  readonly type: FileType | null
}

/** Who hears of changes. */
export interface WatchSink {
  change(change: Change): void
  /** Changes were missed: everything has to be looked at again. */
  overflow(): void
  /** The folder itself is gone. */
  gone(): void
}

export interface WatchOptions {
  readonly parts: readonly string[]
  readonly recursive: boolean
  readonly walk: Walk
  readonly limits: Limits
  readonly signal: AbortSignal
  readonly sink: WatchSink
  /** Takes one of the folders that may be watched. Throws LIMIT_REACHED. */
  readonly take: () => void
  readonly giveBack: () => void
  /** Told of every event, for those that the kernel may have dropped. */
  readonly heard: () => void
}

interface Watched {
  readonly watcher: FSWatcher
  readonly ino: bigint
  readonly parts: readonly string[]
}

/** The name inotify events of the folder itself come under: the end of the path it is watched by. */
const SELF = '.'

export class Watch {
  readonly #options: WatchOptions
  readonly #folders = new Map<string, Watched>()
  readonly #pending = new Map<string, readonly string[]>()
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: WatchOptions) {
    this.#options = options
  }

  /** Watches from here on. */
  async start(): Promise<void> {
    using spot = this.#options.walk(this.#options.parts)
    await this.#add(demandFolder(spot), this.#options.parts)
  }

  /** What was heard until now is forgotten, for the listener has to look at everything anyhow. */
  overflow(): void {
    this.#pending.clear()
    this.#options.sink.overflow()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    for (const key of [...this.#folders.keys()]) this.#drop(key)
  }

  async #add(step: Step, parts: readonly string[]): Promise<void> {
    this.#watch(step, parts)
    if (!this.#options.recursive) return
    const { limits, signal } = this.#options
    for await (const entry of listFolder(step.fd, { depth: limits.filesPathParts, limits, signal })) {
      if (this.#closed) return
      if (entry.step?.stat.isDirectory() === true) this.#watch(entry.step, [...parts, ...entry.parts])
    }
  }

  #watch({ fd, stat }: Step, parts: readonly string[]): void {
    const key = joinParts(parts)
    if (this.#closed || this.#folders.get(key)?.ino === stat.ino) return
    this.#drop(key)
    this.#options.take()
    try {
      const watcher = watchPath(`${opened(fd)}/${SELF}`, { persistent: false })
      watcher.on('change', (_, name) => this.#heard(parts, String(name ?? SELF)))
      // The folder is looked at again when its own event comes; the watcher itself has nothing to add.
      watcher.on('error', () => {})
      this.#folders.set(key, { watcher, ino: stat.ino, parts })
    } catch (error) {
      this.#options.giveBack()
      const isFull = (error as NodeJS.ErrnoException).code === 'ENOSPC'
      throw isFull ? new AppError('LIMIT_REACHED', { limit: 'inotify watches', value: 'of this user' }) : error
    }
  }

  #drop(key: string): void {
    const folder = this.#folders.get(key)
    if (folder === undefined) return
    folder.watcher.close()
    this.#folders.delete(key)
    this.#options.giveBack()
  }

  #heard(parts: readonly string[], name: string): void {
    if (this.#closed) return
    this.#options.heard()
    this.#remember(name === SELF ? parts : [...parts, name])
  }

  #remember(parts: readonly string[]): void {
    const { filesWatchPending, filesWatchBatchMs } = this.#options.limits
    this.#pending.set(joinParts(parts), parts)
    if (this.#pending.size > filesWatchPending) this.overflow()
    this.#timer ??= setTimeout(() => void this.#tell(), filesWatchBatchMs).unref()
  }

  async #tell(): Promise<void> {
    const changed = [...this.#pending]
    this.#pending.clear()
    try {
      for (const [path, parts] of changed) await this.#look(path, parts)
    } catch {
      // More folders than may be watched, or one that went away: what is below it cannot be told any more.
      if (!this.#closed) this.overflow()
    }
    this.#timer = undefined
    const [next] = this.#pending.values()
    if (next !== undefined && !this.#closed) this.#remember(next)
  }

  async #look(path: string, parts: readonly string[]): Promise<void> {
    if (this.#closed) return
    const step = this.#find(parts)
    const isBase = parts.length === this.#options.parts.length
    try {
      if (isBase && step === undefined) this.#options.sink.gone()
      else if (!isBase) this.#options.sink.change({ path, type: step === undefined ? null : typeOf(step.stat) })
      if (step?.stat.isDirectory() !== true) this.#dropBelow(path)
      else if (!isBase && this.#options.recursive) await this.#enter(step, parts)
    } finally {
      step?.close()
    }
  }

  /** A folder that came: what is in it already may have come before it was watched. */
  async #enter(step: Step, parts: readonly string[]): Promise<void> {
    if (this.#folders.get(joinParts(parts))?.ino === step.stat.ino) return
    this.#dropBelow(joinParts(parts))
    await this.#add(step, parts)
    const { limits, signal } = this.#options
    for await (const entry of listFolder(step.fd, { depth: limits.filesPathParts, limits, signal })) {
      this.#remember([...parts, ...entry.parts])
    }
  }

  #dropBelow(path: string): void {
    for (const key of [...this.#folders.keys()]) if (key === path || key.startsWith(`${path}/`)) this.#drop(key)
  }

  #find(parts: readonly string[]): (Step & { close(): void }) | undefined {
    try {
      const spot = this.#options.walk(parts, { last: 'stay' })
      if (spot.found !== undefined) return { ...spot.found, close: () => spot.close() }
      spot.close()
    } catch {
      // What leads nowhere any more is gone for who watches.
    }
    return undefined
  }
}
