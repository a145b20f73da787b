/** Owns the lines between which a turn lies. */
import { errorInfoLine } from './error-info.ts'
import { event } from './item-lines.ts'
import type { RolloutLine } from './rollout-line.ts'
import type { TurnOutcome } from '../agent/turn.ts'

interface Ended {
  readonly turnId: string
  readonly outcome: TurnOutcome
  /** Unix seconds. */
  readonly startedAt: number
  readonly completedAt: number
  readonly durationMs: number
  readonly lastMessage: string | null
}

export const startedLine = (turnId: string, startedAt: number, modelContextWindow: number | null): RolloutLine =>
  event({
    ...{ type: 'task_started', turn_id: turnId, started_at: startedAt },
    ...{ model_context_window: modelContextWindow, collaboration_mode_kind: 'default' },
  })

export const endedLine = ({ turnId, outcome, startedAt, completedAt, durationMs, lastMessage }: Ended): RolloutLine => {
  const times = { started_at: startedAt, completed_at: completedAt, duration_ms: durationMs }
  if (outcome.status === 'interrupted')
    return event({ type: 'turn_aborted', turn_id: turnId, reason: 'interrupted', ...times })
  const { error } = outcome
  return event({
    ...{ type: 'task_complete', turn_id: turnId, last_agent_message: lastMessage, ...times },
    ...(error && {
      error: {
        ...{ message: error.message, codex_error_info: errorInfoLine(error.codexErrorInfo ?? 'other') },
        additional_details: error.additionalDetails,
      },
    }),
  })
}
