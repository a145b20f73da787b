/** Owns taking a thread up again on a new connection: subscribe, then hear what was missed, or read it anew. */
import { LIMITS, type Limits, type Thread } from '@towline/protocol'
import type { AppConnection } from './app-connection.ts'
import { isWholeReplay, threadIn } from './app-messages.ts'
import { isRefusal } from './refusal.ts'
import type { WatchedThread } from './watched-thread.ts'

export interface TakeUp {
  readonly connection: AppConnection
  readonly threadId: string
  readonly watched: WatchedThread
  /** The server numbers what happens, and tells it again. */
  readonly replays: boolean
  /** The thread as it is now; all that was known of it goes. */
  readonly onThread: (thread: Thread) => void
  readonly limits?: Limits
}

/** Nothing is passed on twice, nothing is lost. Rejects as requests do: the server may not have the thread any more. */
export const takeUp = async (work: TakeUp): Promise<void> => {
  const { connection, threadId, watched, limits = LIMITS } = work
  const { seq: afterSeq } = watched
  const ms = limits.appClientRequestMs
  watched.hold()
  await connection.request('thread/resume', { threadId, excludeTurns: true }, { ms })
  if (work.replays && afterSeq !== undefined && (await replayed(work, afterSeq, ms))) return
  await connection.request(
    'thread/read',
    { threadId, includeTurns: true },
    { ms, onResult: (result) => readAnew(work, result) },
  )
}

/** Whether the server still knew all of it, and has told it again. */
const replayed = async ({ connection, threadId, watched }: TakeUp, afterSeq: number, ms: number): Promise<boolean> => {
  let isWhole = false
  const onResult = (result: unknown): void => {
    isWhole = !watched.overflowed && isWholeReplay(result)
    if (isWhole) watched.replayed()
  }
  try {
    await connection.request('towline/thread/replay', { threadId, afterSeq }, { ms, onResult })
  } catch (error) {
    if (!isRefusal(error)) throw error
  }
  return isWhole
}

const readAnew = ({ watched, onThread }: TakeUp, result: unknown): void => {
  const thread = threadIn(result)
  if (thread) onThread(thread)
  watched.reread()
}
