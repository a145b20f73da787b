/** Owns which lines of a thread a fork of it begins with. */
import { RpcError } from '../rpc/rpc-error.ts'
import { text } from './json.ts'
import type { DatedLine } from './rollout-line.ts'
import type { RolloutSource } from './rollout-reader.ts'

export interface ForkPoint {
  /** The last that is in it. */
  readonly lastTurnId?: string | null | undefined
  /** The first that is not. */
  readonly beforeTurnId?: string | null | undefined
}

/** Without either, all. Throws RpcError for a turn that is not there. */
export async function* forkLines(
  source: RolloutSource,
  { lastTurnId, beforeTurnId }: ForkPoint,
): AsyncGenerator<DatedLine> {
  let within = false
  for await (const line of source.lines(() => undefined)) {
    if (line.type === 'session_meta') continue
    const begins = turnBegun(line)
    if (begins !== undefined && (within || begins === beforeTurnId)) return
    if (begins !== undefined && begins === lastTurnId) within = true
    yield line
  }
  const wanted = beforeTurnId ?? (within ? undefined : lastTurnId)
  if (wanted) throw new RpcError('invalidRequest', `turn not found: ${wanted}`)
}

const turnBegun = ({ type, payload }: DatedLine): string | undefined =>
  type === 'event_msg' && (payload['type'] === 'task_started' || payload['type'] === 'turn_started')
    ? text(payload['turn_id'])
    : undefined
