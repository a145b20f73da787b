/** Owns waiting for turns that run, before a server ends. */
import type { OpenFeedHub } from '../feed/open-feed-hub.ts'
import type { Threads } from '../threads/threads.ts'

/** No turn works; those that wait for a person go on after the next start. */
export const isQuiet = (threads: Threads): boolean =>
  threads.loaded.every((id) => {
    const live = threads.find(id)
    return !live?.active || live.feed.flags.length > 0
  })

/** Resolves when no turn works: those that wait for a person go on after the next start. */
export const untilQuiet = async (feeds: OpenFeedHub, threads: Threads): Promise<void> => {
  while (!isQuiet(threads)) await feeds.statusChanged()
}
