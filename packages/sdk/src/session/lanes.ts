/** Owns the further connections of one link, which the engine asks for and which carry streams of its tunnels. */
import type { AppError, Channel, Hello, Limits } from '@towline/protocol'
import { LiveLink } from './live-link.ts'

export interface LanesOptions {
  readonly url: string
  readonly limits: Limits
  /** Anew for each, as its token may have changed. */
  readonly hello: () => Promise<Hello>
  /** A connection to the same engine; rejects with why there is none, or with the signal's reason. */
  readonly connect: (signal: AbortSignal) => Promise<Channel>
  /** The link whose tunnels they carry. */
  readonly primary: () => LiveLink
}

/** A lane that cannot be had or is lost is no loss to the link: the engine asks again when it still wants one. */
export class Lanes {
  readonly #options: LanesOptions
  readonly #lanes = new Set<LiveLink>()
  readonly #ending = new AbortController()
  #connecting = 0

  constructor(options: LanesOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#lanes.size + this.#connecting
  }

  /** Opens one more for the client, unless there are linkLanes; answers when it is tried. */
  async open(clientId: string): Promise<void> {
    if (this.#ending.signal.aborted || this.size >= this.#options.limits.linkLanes) return
    this.#connecting++
    try {
      const hello = { ...(await this.#options.hello()), laneOf: clientId }
      const channel = await this.#options.connect(this.#ending.signal)
      if (this.#ending.signal.aborted) channel.reset()
      else this.#start(channel, hello)
    } catch {
      // Why the engine cannot be reached is the first link's to tell.
    } finally {
      this.#connecting--
    }
  }

  /** Says goodbye on every lane; resolves when their connections are over. Twice is harmless. */
  async close(): Promise<void> {
    this.#ending.abort()
    await Promise.all([...this.#lanes].map((lane) => lane.leave()))
  }

  #start(channel: Channel, hello: Hello): void {
    const { url, limits, primary } = this.#options
    const lane: LiveLink = new LiveLink({
      url,
      limits,
      hello,
      onLaneStream: (stream, open) => primary().serve(stream, open),
      onGoAway: () => {},
      onClosed: (_reason: AppError) => void this.#lanes.delete(lane),
    })
    this.#lanes.add(lane)
    lane.start(channel)
  }
}
