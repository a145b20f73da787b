/** Owns recording calls of agents while they are made: written down here first, told to their server in the background. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { AgentCall, Limits } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import type { Env } from '../context/home.ts'
import { flushJournal, type FlushOptions } from './flush-journal.ts'
import { appendBegun, appendCall, type BegunCall, journalOf } from './journal.ts'

export interface AgentJournal {
  /** Resolves once it would outlive this process. Rejects with LOCAL_FILE; the call is then not to be made. */
  begin(call: BegunCall, connection: Connection | undefined): Promise<void>
  /** Also of calls that were not made. Rejects with LOCAL_FILE. */
  end(call: AgentCall, connection: Connection | undefined): Promise<void>
  /** Tells what is left, within a deadline; what cannot be told is told by whoever comes next. Twice is harmless. */
  close(): Promise<void>
}

export interface AgentJournalOptions {
  readonly env: Env
  readonly limits: Limits
  /** Hears why something was not told; it stays in the journal. */
  readonly onProblem?: (error: unknown) => void
  readonly send?: FlushOptions['send']
  /** Milliseconds of a clock that only goes forward. */
  readonly clock?: () => number
}

/** One that is told of calls of a server; there are as many as connections in use. */
interface Telling {
  readonly connection: Connection
  running: Promise<void> | undefined
  /** Something came while it was told. */
  again: boolean
  /** Not before. */
  notBefore: number
}

/** Opens nothing until the first call. */
export const openAgentJournal = (options: AgentJournalOptions): AgentJournal => {
  const { env, limits, onProblem, send, clock = () => performance.now() } = options
  const tellings = new Map<string, Telling>()
  const closing = new AbortController()
  const ending = new AbortController()

  const once = async (telling: Telling): Promise<void> => {
    try {
      const { busy } = await flushJournal(journalOf(env, telling.connection), telling.connection, {
        ...{ signal: ending.signal, limits, send },
      })
      if (busy) telling.again = false
    } catch (error) {
      telling.notBefore = clock() + limits.journalRetryMs
      telling.again = false
      if (!ending.signal.aborted) onProblem?.(error)
    }
  }

  const run = async (telling: Telling): Promise<void> => {
    do {
      // Not beside the next call: a chain of calls is told at once.
      await sleep(limits.journalGatherMs, undefined, { signal: closing.signal }).catch(() => undefined)
      telling.again = false
      await once(telling)
    } while (telling.again && !ending.signal.aborted)
    telling.running = undefined
  }

  const tell = (connection: Connection): void => {
    const { folder } = journalOf(env, connection)
    const known = tellings.get(folder) ?? { running: undefined, again: false, notBefore: 0 }
    // The newest one: its token is the freshest. It tells for all agents, and for none.
    const { claim: _, ...own } = connection
    const telling = Object.assign(known, { connection: own })
    tellings.set(folder, telling)
    telling.again = true
    if (!telling.running && clock() >= telling.notBefore) telling.running = run(telling)
  }

  return {
    begin: (call, connection) => appendBegun(journalOf(env, connection), call, limits),
    end: async (call, connection) => {
      await appendCall(journalOf(env, connection), call, limits)
      if (connection && !ending.signal.aborted) tell(connection)
    },
    close: async () => {
      closing.abort()
      const deadline = setTimeout(() => ending.abort(), limits.journalCloseMs)
      try {
        for (const { running } of tellings.values()) await running
      } finally {
        clearTimeout(deadline)
        ending.abort()
      }
    },
  }
}
