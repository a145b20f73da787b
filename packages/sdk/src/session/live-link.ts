/** Owns one link from hello to its end: what is asked over it, and who hears what the engine says. */
import {
  AppError,
  attachLink,
  type Channel,
  type ControlMessage,
  type ErrorBody,
  type Hello,
  IDLE_SINK,
  LINK_VERSIONS,
  type Limits,
  type Mux,
  type MuxStream,
  RESET,
  type StreamOpen,
  type Tunnel,
  type TunnelOpen,
  type TunnelStats,
  type Welcome,
} from '@towline/protocol'
import { LinkChannel } from '../link/link-channel.ts'

/** Whom a tunnel belongs to on our side. */
export interface TunnelEnd {
  /** Before any stream of the tunnel can come. */
  opened(tunnel: Tunnel): void
  /** A visitor or dialer. The stream is paused. */
  stream(stream: MuxStream, open: StreamOpen): void
  stats(stats: TunnelStats): void
  /** The engine ended it. */
  ended(error: AppError | undefined): void
}

export interface LiveLinkOptions {
  readonly url: string
  readonly hello: Hello
  readonly limits: Limits
  /** The engine asks to move to another process. */
  readonly onGoAway: () => void
  /** The engine would like one more connection for this link's streams. */
  readonly onLaneWanted?: (clientId: string) => void
  /** Serves a stream of a tunnel that was opened on another link: this one is its lane. */
  readonly onLaneStream?: (stream: MuxStream, open: StreamOpen) => void
  /** Once, last. */
  readonly onClosed: (reason: AppError) => void
}

interface Asked {
  readonly end: TunnelEnd
  readonly done: (tunnel: Tunnel) => void
  readonly fail: (error: AppError) => void
}

/** See the file's head. */
export class LiveLink {
  /** Rejects with why there is none. */
  readonly welcomed: Promise<Welcome>
  readonly #options: LiveLinkOptions
  #channel: LinkChannel | undefined
  #mux: Mux | undefined
  readonly #asked = new Map<number, Asked>()
  readonly #tunnels = new Map<string, TunnelEnd>()
  #helloTimer: NodeJS.Timeout | undefined
  #clientId: string | undefined
  #welcome: (welcome: Welcome) => void = () => {}
  #refuse: (error: AppError) => void = () => {}
  #nextRef = 1
  /** The engine's own words about the end, which explain more than the broken connection. */
  #lastWord: AppError | undefined
  #greeted = false
  #closed = false

  constructor(options: LiveLinkOptions) {
    this.#options = options
    this.welcomed = new Promise((done, fail) => {
      this.#welcome = done
      this.#refuse = fail
    })
    this.welcomed.catch(() => {})
  }

  /** Takes the channel over and says hello. */
  start(channel: Channel): void {
    const options = this.#options
    this.#helloTimer = setTimeout(() => this.#silent(), options.limits.linkHelloMs)
    const watched = new LinkChannel(channel, options.url, (error) => {
      this.#lastWord = error
    })
    this.#channel = watched
    this.#mux = attachLink(watched, {
      role: 'client',
      limits: options.limits,
      onStream: options.onLaneStream ?? ((stream, open) => this.serve(stream, open)),
      onControl: (message) => this.#onControl(message),
      onClosed: (error) => this.#onClosed(error),
    })
    this.#greeted = true
    this.#mux.send(options.hello)
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Rejects with the engine's refusal, or with TUNNEL_OFFLINE when the link is over first. */
  openTunnel(asked: Omit<TunnelOpen, 'type' | 'ref'>, end: TunnelEnd): Promise<Tunnel> {
    const mux = this.#mux
    if (this.#closed || !mux) return Promise.reject(new AppError('TUNNEL_OFFLINE'))
    const ref = this.#nextRef++
    return new Promise<Tunnel>((done, fail) => {
      const timer = setTimeout(
        () => this.#answerTo(ref)?.fail(new AppError('TUNNEL_OFFLINE')),
        this.#options.limits.linkReplyMs,
      )
      const settle =
        <V>(act: (value: V) => void) =>
        (value: V): void => {
          clearTimeout(timer)
          act(value)
        }
      this.#asked.set(ref, { end, done: settle(done), fail: settle(fail) })
      mux.send({ type: 'tunnel.open', ref, ...asked })
    })
  }

  closeTunnel(tunnelId: string): void {
    if (this.#tunnels.delete(tunnelId)) this.#mux?.send({ type: 'tunnel.close', tunnelId })
  }

  /** A stream to a private tunnel, paused. Bytes may be written at once. Throws LIMIT_REACHED or TUNNEL_OFFLINE. */
  dial(name: string): MuxStream {
    if (!this.#mux) throw new AppError('TUNNEL_OFFLINE')
    const stream = this.#mux.open({ dial: name }, IDLE_SINK)
    stream.pause()
    return stream
  }

  /** A visitor or dialer of one of its tunnels, by this connection or a lane. */
  serve(stream: MuxStream, open: StreamOpen): void {
    const end = this.#tunnels.get(open.tunnelId ?? '')
    if (end) end.stream(stream, open)
    else stream.reset(RESET.tunnelUnknown)
  }

  /** Says goodbye, hands over what waits, and resolves when the connection is over. */
  async leave(): Promise<void> {
    this.#mux?.send({ type: 'goaway' })
    this.#mux?.close()
    await this.#channel?.over
  }

  #onControl(message: ControlMessage): void {
    if (!this.#greeted) throw new AppError('PROTOCOL_ERROR', { problem: `${message.type} came before hello` })
    switch (message.type) {
      case 'welcome':
        return this.#onWelcome(message)
      case 'tunnel.opened':
        return this.#onOpened(message.ref, message.tunnel)
      case 'tunnel.close':
        return this.#onTunnelClose(message.tunnelId, message.error)
      case 'tunnel.stats':
        return this.#tunnels.get(message.tunnelId)?.stats(message)
      case 'error':
        return this.#onError(message.ref, AppError.from(message.error))
      case 'lane.want':
        return this.#onLaneWant()
      case 'goaway':
        return this.#onGoAway(message.error)
      default:
        throw new AppError('PROTOCOL_ERROR', { problem: `${message.type} is not expected here` })
    }
  }

  #onWelcome(welcome: Welcome): void {
    const { min, max } = LINK_VERSIONS
    if (welcome.version < min || welcome.version > max) {
      throw new AppError('VERSION_SKEW', {
        older: welcome.version < min ? 'server' : 'client',
        ours: `${min} to ${max}`,
        theirs: welcome.version,
      })
    }
    clearTimeout(this.#helloTimer)
    this.#clientId = welcome.clientId
    this.#welcome(welcome)
  }

  #onLaneWant(): void {
    if (this.#clientId !== undefined) this.#options.onLaneWanted?.(this.#clientId)
  }

  #onOpened(ref: number, tunnel: Tunnel): void {
    const asked = this.#answerTo(ref)
    // Nobody waits for it any more, so it must not stay published.
    if (!asked) return this.#mux?.send({ type: 'tunnel.close', tunnelId: tunnel.id })
    this.#tunnels.set(tunnel.id, asked.end)
    asked.end.opened(tunnel)
    asked.done(tunnel)
  }

  #onTunnelClose(tunnelId: string, error: ErrorBody | undefined): void {
    const end = this.#tunnels.get(tunnelId)
    this.#tunnels.delete(tunnelId)
    end?.ended(error && AppError.from(error))
  }

  #onError(ref: number | undefined, error: AppError): void {
    if (ref !== undefined) this.#answerTo(ref)?.fail(error)
    else this.#lastWord = error
  }

  #onGoAway(error: ErrorBody | undefined): void {
    if (error) this.#lastWord = AppError.from(error)
    this.#options.onGoAway()
  }

  #answerTo(ref: number): Asked | undefined {
    const asked = this.#asked.get(ref)
    this.#asked.delete(ref)
    return asked
  }

  #silent(): void {
    const problem = 'it took the connection and says nothing'
    this.#lastWord ??= new AppError('NOT_TOWLINE', { url: this.#options.url, problem })
    this.#mux?.close(this.#lastWord)
  }

  #onClosed(error: AppError | undefined): void {
    this.#closed = true
    clearTimeout(this.#helloTimer)
    const reason = this.#lastWord ?? this.#reasonOf(error)
    this.#refuse(reason)
    for (const { fail } of this.#asked.values()) fail(new AppError('TUNNEL_OFFLINE'))
    this.#asked.clear()
    this.#options.onClosed(reason)
  }

  /** Broken connections and broken protocols look alike from here: both are worth another attempt. */
  #reasonOf(error: AppError | undefined): AppError {
    if (error && error.code !== 'PROTOCOL_ERROR') return error
    const problem = error?.details.problem ?? 'it closed the connection'
    return new AppError('SERVER_UNREACHABLE', { url: this.#options.url, problem })
  }
}
