/** Owns all watches of a service: how many there are, and telling them when the kernel may have dropped events. */
import { readFileSync } from 'node:fs'
import { AppError, type Limits } from '@towline/protocol'
import { unless } from '../root/errno.ts'
import { Watch, type WatchOptions } from './watch.ts'

/** inotify(7): events the kernel holds when /proc does not say. */
const QUEUE_DEFAULT = 16_384

/** What one watch is opened with; the rest is shared. */
export type WatchAsk = Omit<WatchOptions, 'take' | 'giveBack' | 'heard' | 'limits'>

export class Watches {
  readonly #limits: Limits
  readonly #queue: number
  readonly #open = new Set<Watch>()
  #folders = 0
  #turn = 0

  constructor(limits: Limits, queue = kernelQueue()) {
    this.#limits = limits
    this.#queue = queue
  }

  /** Throws LIMIT_REACHED, FILE_NOT_FOUND, FILE_NOT_FOLDER. */
  async open(ask: WatchAsk): Promise<Watch> {
    const { filesWatches, filesWatchFolders } = this.#limits
    if (this.#open.size >= filesWatches)
      throw new AppError('LIMIT_REACHED', { limit: 'filesWatches', value: filesWatches })
    const take = (): void => {
      if (this.#folders >= filesWatchFolders) {
        throw new AppError('LIMIT_REACHED', { limit: 'filesWatchFolders', value: filesWatchFolders })
      }
      this.#folders++
    }
    const shared = { limits: this.#limits, take, giveBack: () => void this.#folders--, heard: () => this.#heard() }
    const watch = new Watch({ ...ask, ...shared })
    this.#open.add(watch)
    try {
      await watch.start()
      return watch
    } catch (error) {
      this.close(watch)
      throw error
    }
  }

  close(watch: Watch): void {
    this.#open.delete(watch)
    watch.close()
  }

  /**
   * The kernel says when it dropped events, but Node does not pass that on. All that waited is read in one turn, so a turn with
   * as many events as half its queue is taken for one in which some were dropped.
   */
  #heard(): void {
    if (this.#turn === 0) setImmediate(() => (this.#turn = 0))
    if (++this.#turn !== Math.ceil(this.#queue / 2)) return
    for (const watch of this.#open) watch.overflow()
  }
}

const kernelQueue = (): number => {
  const text = unless(['ENOENT', 'EACCES'], () => readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'))
  return Number(text) || QUEUE_DEFAULT
}
