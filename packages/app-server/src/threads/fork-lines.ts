/** Owns which lines of a thread a fork of it begins with. A fork is in the legacy history mode of Codex, also of a thread in the other. */
import { RpcError } from '../rpc/rpc-error.ts'
import { event, itemLine } from './item-lines.ts'
import { object, text } from './json.ts'
import { legacyEvents } from './legacy-events.ts'
import { stockItem } from './projection/stock-item.ts'
import type { DatedLine } from './rollout-line.ts'
import type { RolloutSource } from './rollout-reader.ts'
import type { SessionMeta } from './session-meta.ts'

export interface ForkPoint {
  /** The last that is in it. */
  readonly lastTurnId?: string | null | undefined
  /** The first that is not. */
  readonly beforeTurnId?: string | null | undefined
}

interface Forking extends ForkPoint {
  /** Of the source. */
  readonly mode: SessionMeta['historyMode']
}

/** What was accepted was so for the session of the source. */
const NOT_ITS_OWN: ReadonlySet<string> = new Set(['session_meta', 'towline_accepted'])

/** Without a turn, all. Throws RpcError for a turn that is not there. */
export async function* forkLines(
  source: RolloutSource,
  { lastTurnId, beforeTurnId, mode }: Forking,
): AsyncGenerator<DatedLine> {
  let within = false
  for await (const line of source.lines(() => undefined)) {
    if (NOT_ITS_OWN.has(line.type)) continue
    const begins = turnBegun(line)
    if (begins !== undefined && (within || begins === beforeTurnId)) return
    if (begins !== undefined && begins === lastTurnId) within = true
    if (mode === 'legacy') yield line
    else yield* legacyLines(line)
  }
  const wanted = beforeTurnId ?? (within ? undefined : lastTurnId)
  if (wanted) throw new RpcError('invalidRequest', `turn not found: ${wanted}`)
}

const turnBegun = ({ type, payload }: DatedLine): string | undefined =>
  type === 'event_msg' && (payload['type'] === 'task_started' || payload['type'] === 'turn_started')
    ? text(payload['turn_id'])
    : undefined

/** Items whole for us, and the events that Codex reads of them. */
function* legacyLines({ timestamp, type, payload }: DatedLine): Generator<DatedLine> {
  const line = { timestamp, type, payload }
  if (type !== 'event_msg' || payload['type'] !== 'item_completed') return yield line
  const item = stockItem(object(payload['item']) ?? {})
  if (!item) return
  const of = { thread_id: text(payload['thread_id']) ?? '', turn_id: text(payload['turn_id']) ?? '' }
  // What we wrote into it has its item in a line of its own.
  if (payload['item_id'] === undefined) yield { timestamp, ...itemLine(of.turn_id, item) }
  for (const shown of legacyEvents(of, item)) yield { timestamp, ...event({ ...shown, item_id: item.id }) }
}
