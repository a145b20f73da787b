/** Owns both sides of a relay in memory: clients that say and hear messages, and an app-server that a test writes. */
import { type Limits, LIMITS } from '@towline/protocol'
import type { Wire, WireSink } from '../rpc/wire.ts'
import { openRelay, type RelayOptions, type UpstreamRelay } from './open-relay.ts'

type Message = Readonly<Record<string, unknown>>

/** One end that a test holds of a wire. */
export interface End {
  /** What came out of the wire, oldest first. */
  readonly heard: Message[]
  /** What happened to it, besides. */
  readonly told: string[]
  say(message: Message): void
  sayText(text: string): void
  /** Breaks the wire; `left` when in order. */
  leave(left?: boolean): void
  /** Takes nothing until `take`. */
  stall(): void
  take(): void
}

/** The wire that the relay is handed, and the end of the test. */
const openEnd = (): { readonly wire: Wire; readonly end: End } => {
  const heard: Message[] = []
  const told: string[] = []
  let [queued, isStalled, isOpen] = [0, false, true]
  let sink: WireSink | undefined
  const wire: Wire = {
    get sink() {
      return sink
    },
    set sink(next) {
      sink = next
    },
    get queued() {
      return queued
    },
    send: (text) => {
      if (!isOpen) return
      heard.push(text.startsWith('{') ? (JSON.parse(text) as Message) : { text })
      if (isStalled) queued += text.length
    },
    pause: () => told.push('pause'),
    resume: () => told.push('resume'),
    close: () => {
      if (isOpen) told.push('closed')
      isOpen = false
    },
  }
  const sayText = (text: string): void => {
    if (isOpen) sink?.message(text)
  }
  return {
    wire,
    end: {
      ...{ heard, told, sayText },
      say: (message) => sayText(JSON.stringify(message)),
      leave: (left = false) => {
        isOpen = false
        sink?.closed(left)
      },
      stall: () => void (isStalled = true),
      take: () => {
        ;[queued, isStalled] = [0, false]
        sink?.drained()
      },
    },
  }
}

export interface Relayed {
  readonly relay: UpstreamRelay
  /** Connections to the app-server, oldest first. */
  readonly upstreams: End[]
  /** A client that has said `messages`; resolves when the relay has dialed. */
  connect(...messages: readonly Message[]): Promise<End>
}

/** `refuse` makes the app-server unreachable. */
export const openRelayed = (limits: Partial<Limits> = {}, refuse?: () => Error): Relayed => {
  const upstreams: End[] = []
  const dial: RelayOptions['dial'] = async () => {
    if (refuse) throw refuse()
    const { wire, end } = openEnd()
    upstreams.push(end)
    return wire
  }
  const relay = openRelay({ dial, log: { error: () => undefined }, clock: () => 0, limits: { ...LIMITS, ...limits } })
  return {
    relay,
    upstreams,
    connect: async (...messages) => {
      const { wire, end } = openEnd()
      relay.serve(wire)
      for (const message of messages) end.say(message)
      await new Promise(setImmediate)
      return end
    },
  }
}

export const INITIALIZE = { id: 'initialize', method: 'initialize', params: { clientInfo: { name: 'codex-tui' } } }

/** A client whose session has begun, and the secret of the session. */
export const begun = async (relayed: Relayed): Promise<{ client: End; upstream: End; session: string }> => {
  const client = await relayed.connect(INITIALIZE, { method: 'initialized' })
  const upstream = relayed.upstreams.at(-1) as End
  upstream.say({ id: 'initialize', result: { userAgent: 'codex/0.169.0' } })
  const [{ result }] = client.heard as [{ result: { towline: { session: string } } }]
  return { client, upstream, session: result.towline.session }
}
