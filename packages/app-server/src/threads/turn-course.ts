/** Owns the course of a turn, from what clients are told first to its end on the disk. */
import { AppError, type Turn } from '@towline/protocol'
import type { TurnOutcome } from '../agent/turn.ts'
import { RpcError } from '../rpc/rpc-error.ts'
import type { ActiveTurn } from './active-turn.ts'
import { INTERRUPTED } from './agent-work.ts'
import { ABORTED } from './history.ts'
import type { LiveThread } from './live-thread.ts'
import { contextLine } from './thread-settings.ts'
import { endedLine, startedLine } from './turn-lines.ts'

export type Work = (turn: ActiveTurn) => Promise<TurnOutcome>

interface Course {
  readonly work: Work
  /** The thread is idle, which is not told yet. */
  left(): void
}

/** Never rejects. */
export const courseOf = async (live: LiveThread, turn: ActiveTurn, { work, left }: Course): Promise<void> => {
  const { id: threadId, feed } = live
  feed.emit('thread/status/changed', { threadId, status: { type: 'active', activeFlags: [] } })
  feed.emit('turn/started', { threadId, turn: turn.begun() })
  const outcome = await outcomeOf(live, turn, work)
  turn.end()
  const completed = completedTurn(live, turn, outcome)
  await keepEnd(live, turn, { outcome, completed })
  await live.ended?.(turn.id)
  left()
  if (outcome.error) feed.emit('error', { error: outcome.error, willRetry: false, threadId, turnId: turn.id })
  feed.emit('thread/status/changed', { threadId, status: { type: 'idle' } })
  feed.emit('turn/completed', { threadId, turn: completed })
}

const outcomeOf = async (live: LiveThread, turn: ActiveTurn, work: Work): Promise<TurnOutcome> => {
  const { writer } = live
  try {
    await live.refreshConfig()
    const window = live.config.modelContextWindow ?? live.tokenUsage?.modelContextWindow ?? null
    writer.write(startedLine(turn.id, turn.startedAt, window), contextLine(turn.id, live.settings))
    const outcome = await work(turn)
    return writer.failure ? failed(writer.failure) : outcome
  } catch (error) {
    if (writer.failure) return failed(writer.failure)
    return turn.signal.aborted ? INTERRUPTED : failed(error instanceof RpcError ? error : live.told(error))
  }
}

const failed = (error: AppError | RpcError): TurnOutcome => ({
  status: 'failed',
  error: {
    message: error instanceof AppError ? `${error.message} ${error.next}` : error.message,
    codexErrorInfo: 'other',
    additionalDetails: error instanceof AppError ? error.code : null,
  },
})

const completedTurn = (live: LiveThread, turn: ActiveTurn, { status, error }: TurnOutcome): Turn => {
  const at = live.now()
  const last = turn.lastMessage
  return {
    ...{ id: turn.id, items: last ? [last] : [], itemsView: last ? 'summary' : 'notLoaded', status, error },
    ...{ startedAt: turn.startedAt, completedAt: Math.floor(at / 1000), durationMs: at - turn.startedAtMs },
  }
}

interface Ended {
  readonly outcome: TurnOutcome
  readonly completed: Turn
}

/** What cannot be written is told all the same: the turn is `interrupted` when it is read again. */
const keepEnd = async (live: LiveThread, turn: ActiveTurn, { outcome, completed }: Ended): Promise<void> => {
  const { completedAt, durationMs } = completed
  const times = { startedAt: turn.startedAt, completedAt: completedAt as number, durationMs: durationMs as number }
  live.writer.reset()
  try {
    if (outcome.status !== 'completed') live.history.answerWhatWasLeft()
    if (outcome.status === 'interrupted') live.history.append(ABORTED)
    live.writer.write(endedLine({ turnId: turn.id, outcome, lastMessage: turn.lastMessage?.text ?? null, ...times }))
    await live.log.sync()
  } catch (error) {
    live.options.log.warn({ thread: live.id, err: error }, 'the end of a turn could not be written')
  }
}
