/** Owns joining a mux to the channel that carries it, with the heartbeat that finds a dead peer. */
import type { Channel } from '../channel.ts'
import { AppError } from '../errors.ts'
import { Mux, type MuxOptions } from './mux.ts'

/** What {@link attachLink} chooses itself; `every` and `defer` exist for tests with a clock of their own. */
export interface LinkOptions extends Omit<MuxOptions, 'out' | 'defer' | 'now'> {
  readonly now?: () => number
  readonly defer?: MuxOptions['defer']
  /** Calls back every `ms`; answers a stop. */
  readonly every?: (ms: number, run: () => void) => () => void
}

const everyMs = (ms: number, run: () => void): (() => void) => {
  const timer = setInterval(run, ms)
  timer.unref?.()
  return () => clearInterval(timer)
}

const dead = (): AppError => new AppError('PROTOCOL_ERROR', { problem: 'the peer stopped answering' })
const broken = (): AppError => new AppError('PROTOCOL_ERROR', { problem: 'the connection broke' })

/**
 * Runs a link over `channel` and resumes it. The mux closes when the channel does, and the channel when the mux does.
 * A ping goes out at once and every linkPingMs; a peer that leaves one unanswered for linkPongMs is dead.
 */
export const attachLink = (channel: Channel, options: LinkOptions): Mux => {
  const { now = () => performance.now(), defer = (run) => setImmediate(run), every = everyMs } = options
  /** The peer has a while to take the last bytes and close; resetting a closed channel does nothing. */
  const linger = (): void => {
    channel.end()
    const over = every(options.limits.linkLingerMs, () => {
      over()
      channel.reset()
    })
  }
  const mux: Mux = new Mux({
    ...options,
    now,
    defer,
    out: channel,
    onStream: (stream, open) => options.onStream(stream, open),
    onControl: (message) => options.onControl(message),
    onClosed(error) {
      stop()
      if (error) channel.reset()
      else linger()
      options.onClosed(error)
    },
  })
  const stop = every(options.limits.linkPingMs, () => {
    if (!mux.ping()) mux.close(dead())
  })
  channel.sink = {
    data: (bytes, slab) => mux.receive(bytes, slab),
    ended: () => mux.close(mux.streamCount > 0 ? broken() : undefined),
    drained: () => mux.drained(),
    closed: (reset) => mux.close(reset === undefined && mux.streamCount === 0 ? undefined : broken()),
  }
  channel.resume()
  mux.ping()
  return mux
}
