/** Owns who writes a thread: one process of the machine at a time, as stock Codex has it (`thread-writer-locks/<id>.lock`). */
import { join } from 'node:path'
import { type Flock, flockNote, replaceFlock, tryFlock } from '@towline/base'
import { RpcError } from '../rpc/rpc-error.ts'

const FOLDER = 'thread-writer-locks'
/** Who is ours sees that another took over; Codex does not. */
const NOTE = 'towline'

const lockPath = (home: string, threadId: string): string => join(home, FOLDER, `${threadId}.lock`)

/** Throws RpcError `already has an active writer`. */
export const lockThread = async (home: string, threadId: string): Promise<Flock> => {
  const lock = await tryFlock(lockPath(home, threadId), NOTE)
  if (!lock) throw new RpcError('invalidRequest', `thread ${threadId} already has an active writer`)
  return lock
}

/** Takes the thread from another server of ours, which stops at its next line. Throws RpcError when the writer is another program, unless it is forced. */
export const takeThread = async (
  home: string,
  threadId: string,
  { force }: { readonly force: boolean },
): Promise<Flock> => {
  const path = lockPath(home, threadId)
  const free = await tryFlock(path, NOTE)
  if (free) return free
  if (!force && flockNote(path) !== NOTE)
    throw new RpcError(
      'invalidRequest',
      `thread ${threadId} is written by another program, which would not notice: end it, or take over with force`,
    )
  return await replaceFlock(path, NOTE)
}
