/** Owns a relay that stands between a client and a server, both real processes: a tunnel of the server's name that it hosts itself. */
import { silentLog } from '@towline/base'
import { copyOf, type ServerFacts } from '@towline/protocol'
import { openSession, type Session } from '@towline/sdk'
import { type EvilRelay, type EvilRelayOptions, openEvilRelay } from '@towline/testkit/evil-relay'
import type { Up } from '@towline/testkit'
import { type Carrier, createWebttyServer, nativeCarrier, type Sessions } from '@towline/webtty'

export interface Middle extends AsyncDisposable {
  /** What it does to the connections that come from now on. */
  harm: EvilRelayOptions
  /** Takes a connection itself instead of leading it to the server. */
  answer: ((client: Carrier) => void) | undefined
  /** One for each connection of a client, the newest last. */
  readonly relays: readonly EvilRelay[]
  /** Streams that clients opened, whatever they spoke. */
  readonly streams: number
  close(): Promise<void>
}

export const FACTS: ServerFacts = {
  ...{
    name: 'vault',
    os: 'linux',
    arch: 'x64',
    hostname: 'evil',
    user: 'evil',
    e2e: false,
    execPath: '/',
    fsPath: '/fs',
  },
}

/** Hosts `vault` at the relay that clients use, and dials `vault` at the one where the server is. */
export const openMiddle = async (near: Up, far: Up): Promise<Middle> => {
  const [host, dialer] = [sessionAt(near), sessionAt(far)]
  await dialer.online()
  const relays: EvilRelay[] = []
  let streams = 0
  const accept = async (client: Carrier): Promise<void> => {
    if (middle.answer) return middle.answer(client)
    const relay = openEvilRelay(middle.harm)
    relays.push(relay)
    lead(client, relay.client, relay)
    lead(nativeCarrier(await dialer.dial('vault')), relay.server, relay)
  }
  // A server that tells native peers from HTTP, and hands each carrier over before anything is said on it.
  const server = createWebttyServer({
    sessions: {} as Sessions,
    facts: FACTS,
    log: silentLog(),
    secure: (client) => {
      void accept(client)
      return new Promise(() => undefined)
    },
  })
  const labels = {
    'towline.webtty': 'v1',
    'towline.webtty/e2e': 'disabled',
    'towline.webtty/capabilities': 'exec,pty,fs',
  }
  await host.online()
  await host.open({ kind: 'http', name: 'vault', surface: 'webtty', tokenAuth: true, labels }, (stream) => {
    streams++
    server.serve(stream)
  })
  const close = async (): Promise<void> => {
    await server.close()
    await Promise.all([host.close(), dialer.close()])
  }
  const middle: Middle = {
    ...{ harm: {}, answer: undefined, relays, close, [Symbol.asyncDispose]: close },
    get streams() {
      return streams
    },
  }
  return middle
}

const sessionAt = (up: Up): Session => {
  const { token } = up.context()
  return openSession({ url: `http://127.0.0.1:${up.port}`, token, agent: 'evil/1', env: {} })
}

/** Joins a carrier of a real party to the end of the relay that faces it. */
const lead = (party: Carrier, end: Carrier, relay: EvilRelay): void => {
  party.sink = {
    message: (bytes) => void end.send(copyOf(bytes)),
    drained: () => undefined,
    closed: ({ code, reason }) => (code === 1006 ? relay.cut() : end.close(code, reason)),
  }
  end.sink = {
    message: (bytes) => void party.send(copyOf(bytes)),
    drained: () => undefined,
    closed: ({ code, reason }) => party.close(code === 1006 ? 1000 : code, reason),
  }
  party.resume()
  end.resume()
}
