/** Owns two muxes joined by hand, and what is said over them. */
import { type Channel, NO_SLAB, type Sink } from '../src/channel.ts'
import type { AppError } from '../src/errors.ts'
import { LIMITS, type Limits } from '../src/limits.ts'
import type { ControlMessage, StreamOpen } from '../src/link/messages.ts'
import { Mux } from '../src/mux/mux.ts'

/** What a stream's consumer heard. */
export class Ear implements Sink {
  bytes = 0
  text = ''
  readonly said: string[] = []
  data(bytes: Uint8Array): void {
    this.bytes += bytes.length
    if (this.bytes < 1_000) this.text += new TextDecoder().decode(bytes)
  }
  ended(): void {
    this.said.push('ended')
  }
  drained(): void {
    this.said.push('drained')
  }
  closed(reset?: number): void {
    this.said.push(`closed ${reset}`)
  }
}

export interface Side {
  readonly mux: Mux
  readonly streams: { stream: Channel; open: StreamOpen }[]
  readonly control: ControlMessage[]
  readonly closed: (AppError | undefined)[]
  /** Bytes on their way to the peer. */
  wire: Uint8Array[]
  /** False makes the link busy until `free`. */
  takes: boolean
}

/** Two muxes joined by hand: nothing moves until `run`. Time is `clock.ms`. */
export const join = (limits: Limits = LIMITS, cut = 1_000_000) => {
  const clock = { ms: 1_000 }
  const deferred: (() => void)[] = []
  const make = (role: 'client' | 'engine'): Side => {
    const side: Omit<Side, 'mux'> = {
      streams: [],
      control: [],
      closed: [],
      wire: [],
      takes: true,
    }
    const mux: Mux = new Mux({
      role,
      limits,
      now: () => clock.ms,
      defer: (run) => deferred.push(run),
      out: {
        write: (bytes) => {
          full.wire.push(new Uint8Array(bytes))
          return full.takes
        },
      },
      onStream: (stream, open) => side.streams.push({ stream, open }),
      onControl: (message) => side.control.push(message),
      onClosed: (error) => side.closed.push(error),
    })
    const full: Side = Object.assign(side, { mux })
    return full
  }
  const [client, engine] = [make('client'), make('engine')]
  const carry = (from: Side, to: Side): boolean => {
    const parts = from.wire
    from.wire = []
    for (const part of parts) {
      for (let at = 0; at < part.length; at += cut) to.mux.receive(part.subarray(at, at + cut), NO_SLAB)
    }
    return parts.length > 0
  }
  /** Moves everything until both sides are at rest. */
  const run = (): void => {
    for (let turns = 0; turns < 10_000; turns++) {
      const due = deferred.splice(0)
      for (const job of due) job()
      const moved = [carry(client, engine), carry(engine, client)]
      if (due.length === 0 && !moved.includes(true)) return
    }
    throw new Error('the muxes never came to rest')
  }
  return { client, engine, clock, run }
}

export const bytes = (count: number): Uint8Array => new Uint8Array(count).fill(7)
export const text = (words: string): Uint8Array => new TextEncoder().encode(words)

export const accept = (side: Side, at = 0): { ear: Ear; stream: Channel } => {
  const { stream } = side.streams[at] as Side['streams'][number]
  const ear = new Ear()
  stream.sink = ear
  stream.resume()
  return { ear, stream }
}
