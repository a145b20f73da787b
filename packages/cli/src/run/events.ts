/** Owns the work of `towline events`. */
import { watchEvents } from '@towline/operations'
import type { WatchEvent } from '@towline/protocol'
import type { ServerOptions } from '../command.ts'
import type { Io } from '../io.ts'
import { type Column, type Format, printStream } from '../output/printers.ts'
import { connectionOf } from './connection.ts'
import { when } from './tunnel-columns.ts'

export interface EventsOptions extends ServerOptions {
  readonly tunnelFilter?: string
  readonly clientFilter?: string
  readonly output: Format
}

const subject = (event: WatchEvent): string => {
  if (event.type === 'state.initial')
    return `${event.object.tunnels.length} tunnels, ${event.object.clients.length} clients`
  return 'name' in event.object ? event.object.name : event.object.id
}

const detail = ({ object }: WatchEvent): string => {
  if ('cause' in object) return object.cause
  return 'url' in object ? object.url : ''
}

const COLUMNS: readonly Column<WatchEvent>[] = [
  { title: 'AT', of: ({ createdAt }) => when(createdAt), wide: 20 },
  { title: 'TYPE', of: ({ type }) => type, wide: 14 },
  { title: 'OF', of: subject, wide: 24 },
  { title: 'DETAIL', of: detail },
]

/** Watching has no end of its own, so being told to end is success. */
export const run = async (io: Io, options: EventsOptions): Promise<void> => {
  const print = printStream({ io, format: options.output, columns: COLUMNS })
  const events = watchEvents(await connectionOf(io, options), {
    tunnelFilter: options.tunnelFilter,
    clientFilter: options.clientFilter,
    signal: io.signal,
  })
  try {
    for await (const event of events) print(event)
  } catch (error) {
    if (!io.signal.aborted) throw error
  }
}
