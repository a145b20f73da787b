/**
 * Owns telling a server what stands in a journal: in order, at least once, and marked as told only after the server said so.
 * The server keeps a call that is told twice once. A call whose process is gone before it said how the call ended is told
 * as lost.
 */
import { isGone, parseJson, withFileLock } from '@towline/base'
import { type AgentCall, AppError, LIMITS, type Limits } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import type { BegunRecord, Journal } from './journal.ts'
import { readLines, type Segment, segmentsOf } from './journal-files.ts'
import { sendAgentCalls } from './send-agent-calls.ts'
import { isBegun, type Mark, markFile, readMark, writeMark } from './told-mark.ts'

export interface Flushed {
  /** New to the server. */
  readonly sent: number
  /** Told before. */
  readonly duplicates: number
  /** Records that cannot be read, or that the server does not take. */
  readonly skipped: number
  /** Another process is telling right now; what is left is up to it. */
  readonly busy: boolean
}

export interface FlushOptions {
  readonly signal?: AbortSignal | undefined
  readonly limits?: Limits | undefined
  /** Tests hand in their own. */
  readonly send?: typeof sendAgentCalls | undefined
}

/** The code of a call of which nobody knows how it ended. */
export const CALL_LOST = 'CALL_LOST'

/** Rejects with why the server took no more; the next flush goes on there. Nothing is told under another login than the journal's. */
export const flushJournal = async (
  journal: Journal,
  connection: Connection,
  options: FlushOptions = {},
): Promise<Flushed> => {
  const { limits = LIMITS } = options
  const sent = { sent: 0, duplicates: 0, skipped: 0 }
  if ((await segmentsOf(journal.folder)).length === 0) return { ...sent, busy: false }
  const work = (): Promise<void> => flush(journal, { ...options, connection, sent, limits })
  try {
    // Whoever tells now tells all: nobody has to wait for it.
    await withFileLock(markFile(journal), work, { contextLockMs: 0 })
    return { ...sent, busy: false }
  } catch (error) {
    if (error instanceof AppError && error.code === 'CONTEXT_BUSY') return { ...sent, busy: true }
    throw error
  }
}

interface Flushing extends FlushOptions {
  readonly connection: Connection
  readonly limits: Limits
  readonly sent: { sent: number; duplicates: number; skipped: number }
}

const flush = async (journal: Journal, flushing: Flushing): Promise<void> => {
  const segments = await segmentsOf(journal.folder)
  const before = await readMark(journal)
  let mark: Mark = {
    ...before,
    told: Object.fromEntries(segments.map(({ number }) => [number, before.told[number] ?? 0])),
  }
  for (const segment of segments) {
    for (const batch of await batches(segment, mark, flushing)) {
      await tell(batch.calls, flushing)
      mark = { told: { ...mark.told, [segment.number]: batch.end }, open: stillOpen(mark, batch) }
      await writeMark(journal, mark)
    }
  }
  const lost = Object.values(mark.open).filter(({ begunBy }) => isGone(begunBy))
  if (lost.length === 0) return
  for (let at = 0; at < lost.length; at += flushing.limits.agentCallsBatch)
    await tell(lost.slice(at, at + flushing.limits.agentCallsBatch).map(asLost), flushing)
  const gone = new Set(lost.map(({ id }) => id))
  await writeMark(journal, { ...mark, open: pick(mark.open, (id) => !gone.has(id)) })
}

interface Batch {
  readonly calls: readonly AgentCall[]
  readonly begun: readonly BegunRecord[]
  /** The byte after it. */
  readonly end: number
}

const batches = async (segment: Segment, { told }: Mark, { sent, limits }: Flushing): Promise<readonly Batch[]> => {
  const { lines } = await readLines(segment, told[segment.number] ?? 0)
  const made: Batch[] = []
  for (let at = 0; at < lines.length; at += limits.agentCallsBatch) {
    const part = lines.slice(at, at + limits.agentCallsBatch)
    const records = part.flatMap(({ text }) => readRecord(text) ?? [])
    sent.skipped += part.length - records.length
    const calls = records.filter((one): one is AgentCall => !isBegun(one))
    made.push({ calls, begun: records.filter(isBegun), end: part.at(-1)?.end ?? 0 })
  }
  return made
}

const readRecord = (line: string): AgentCall | BegunRecord | undefined => {
  const value = parseJson(line) as Partial<AgentCall> | null | undefined
  return typeof value?.id === 'string' && typeof value.tool === 'string' ? (value as AgentCall) : undefined
}

/** At most so many: further ones are forgotten, as if nobody had said that they began. */
const OPEN_MOST = 1_000

const stillOpen = ({ open }: Mark, { calls, begun }: Batch): Mark['open'] => {
  const ended = new Set(calls.map(({ id }) => id))
  const all = { ...open, ...Object.fromEntries(begun.map((one) => [one.id, one])) }
  return Object.fromEntries(Object.entries(pick(all, (id) => !ended.has(id))).slice(-OPEN_MOST))
}

const pick = (open: Mark['open'], keep: (id: string) => boolean): Mark['open'] =>
  Object.fromEntries(Object.entries(open).filter(([id]) => keep(id)))

/** JSON leaves out what is undefined. */
const asLost = (begun: BegunRecord): AgentCall & { readonly begunBy: undefined } => ({
  ...begun,
  ...{ begunBy: undefined, code: CALL_LOST, durationMs: 0 },
})

/** What the server will never take: its journal goes on without. */
const HOPELESS: readonly string[] = ['REQUEST_INVALID', 'PAYLOAD_TOO_LARGE']

const tell = async (calls: readonly AgentCall[], flushing: Flushing): Promise<void> => {
  const { connection, sent, signal, send = sendAgentCalls } = flushing
  if (calls.length === 0) return
  signal?.throwIfAborted()
  try {
    const { accepted, duplicates } = await send(connection, calls, { signal })
    sent.sent += accepted
    sent.duplicates += duplicates
  } catch (error) {
    if (!(error instanceof AppError) || !HOPELESS.includes(error.code)) throw error
    if (calls.length === 1) return void sent.skipped++
    for (const call of calls) await tell([call], flushing)
  }
}
