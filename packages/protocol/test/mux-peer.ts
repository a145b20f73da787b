/** Owns a mux in a test: what it sends, which streams it sees, and how it ends. */
import { LIMITS, type Limits } from '../src/limits.ts'
import type { ControlMessage, StreamOpen } from '../src/link/messages.ts'
import { Mux } from '../src/mux/mux.ts'
import type { MuxStream } from '../src/mux/stream.ts'

/** A stream the peer opened, and what came on it. */
export interface SeenStream {
  readonly stream: MuxStream
  readonly open: StreamOpen
  readonly data: Uint8Array[]
  ended: boolean
  reset: number | null | undefined
}

export interface MuxPeer {
  readonly mux: Mux
  readonly seen: SeenStream[]
  readonly control: ControlMessage[]
  /** Everything written to the link so far. */
  sent(): Uint8Array
  /** Runs what was put off, until nothing is left. */
  settle(): void
  /** Undefined as long as it is open; null after an orderly end. */
  ending(): { readonly code: string; readonly problem: unknown } | null | undefined
}

export interface MuxPeerOptions {
  readonly limits?: Limits
  /** Whether the link is busy after a write; `mux.drained` frees it. */
  readonly busy?: () => boolean
  /** Called instead of reading everything at once. */
  readonly onStream?: (seen: SeenStream) => void
}

/** Opens a mux without a link; its clock stands still. */
export const muxPeer = (
  role: 'client' | 'engine',
  { limits = LIMITS, busy = () => false, onStream }: MuxPeerOptions = {},
): MuxPeer => {
  const sent: Uint8Array[] = []
  const seen: SeenStream[] = []
  const control: ControlMessage[] = []
  let deferred: (() => void)[] = []
  let ending: ReturnType<MuxPeer['ending']>
  const mux = new Mux({
    role,
    limits,
    now: () => 1,
    defer: (run) => deferred.push(run),
    out: {
      write(bytes) {
        sent.push(new Uint8Array(bytes))
        return !busy()
      },
      writeBoth(first, second) {
        sent.push(new Uint8Array(first.bytes), new Uint8Array(second.bytes))
        return !busy()
      },
    },
    onStream(stream, open) {
      const one: SeenStream = { stream, open, data: [], ended: false, reset: null }
      seen.push(one)
      stream.sink = {
        data: (bytes) => one.data.push(bytes.slice()),
        ended: () => (one.ended = true),
        drained() {},
        closed: (reset) => (one.reset = reset),
      }
      if (onStream) onStream(one)
      else stream.resume()
    },
    onControl: (message) => control.push(message),
    onClosed: (error) => (ending = error ? { code: error.code, problem: error.details['problem'] } : null),
  })
  const settle = (): void => {
    while (deferred.length > 0) {
      const runs = deferred
      deferred = []
      for (const run of runs) run()
    }
  }
  return { mux, seen, control, settle, sent: () => Buffer.concat(sent), ending: () => ending }
}
