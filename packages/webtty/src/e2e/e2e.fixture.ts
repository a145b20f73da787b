/** What the tests of encryption share: two who know each other, and a conversation of theirs through a relay. */
import { AppError, type Limits, LIMITS } from '@towline/protocol'
import { type EvilRelay, type EvilRelayOptions, openEvilRelay } from '@towline/testkit/evil-relay'
import type { Carrier, CarrierEnd } from '../carrier/carrier.ts'
import { PendingHandshakes } from './channel/pending-handshakes.ts'
import { secureClient, type SecureClientOptions } from './client.ts'
import { fromUtf8, utf8 } from './crypto/bytes.ts'
import { nodeCrypto } from './crypto/node-crypto.ts'
import { isSameIdentity } from './identity/endpoint-identity.ts'
import { identityFromSeed, type LocalIdentity } from './identity/local-identity.ts'
import { type ClientDirectory, type SecuredClient, secureServer, type SecureServerOptions } from './server.ts'

const seeded = (byte: number): LocalIdentity => identityFromSeed(nodeCrypto, new Uint8Array(32).fill(byte))
export const [SERVER, CLIENT, STRANGER] = [seeded(1), seeded(2), seeded(3)]

/** Lets in whoever is on the list. */
export const listOf = (...identities: readonly LocalIdentity[]): ClientDirectory => ({
  find: async (identity) =>
    identities.some(({ endpoint }) => isSameIdentity(endpoint, identity))
      ? { name: 'ann', roles: ['exec'] }
      : undefined,
  hold: () => () => undefined,
})

export const clientOptions = (more: Partial<SecureClientOptions> = {}): SecureClientOptions => ({
  crypto: nodeCrypto,
  identity: CLIENT,
  server: { identity: SERVER.endpoint, name: 'shell' },
  ...more,
})

export const serverOptions = (more: Partial<SecureServerOptions> = {}): SecureServerOptions => ({
  crypto: nodeCrypto,
  identity: SERVER,
  names: ['shell'],
  clients: listOf(CLIENT),
  pending: new PendingHandshakes(),
  ...more,
})

/** What one end of a carrier heard. */
export interface Heard {
  readonly texts: string[]
  /** When it is over. */
  readonly end: Promise<CarrierEnd>
  /** The next whole message that is not there yet. */
  readonly next: () => Promise<string>
}

/** Listens, and answers by `answer`. */
export const listen = (carrier: Carrier, answer?: (text: string) => void): Heard => {
  const texts: string[] = []
  const waiting: ((text: string) => void)[] = []
  let read = 0
  const end = new Promise<CarrierEnd>((resolve) => {
    carrier.sink = {
      message: (bytes) => {
        const text = fromUtf8(bytes) ?? '(not text)'
        texts.push(text)
        waiting.shift()?.(text)
        answer?.(text)
      },
      drained: () => undefined,
      closed: resolve,
    }
  })
  carrier.resume()
  const next = async (): Promise<string> => {
    const have = texts[read++]
    if (have !== undefined) return have
    return await new Promise<string>((resolve, reject) => {
      waiting.push(resolve)
      void end.then(({ code, reason }) => reject(new Error(`it ended: ${code} ${reason}`)))
    })
  }
  return { texts, end, next }
}

/** How a side came out: let in, or the error and nothing else. */
type Outcome<T> = { readonly value: T } | { readonly error: AppError }

const outcome = <T>(work: Promise<T>): Promise<Outcome<T>> =>
  work.then(
    (value) => ({ value }),
    (error: unknown) => {
      if (error instanceof AppError) return { error }
      throw error
    },
  )

/** How a whole conversation went. */
export interface Story {
  readonly relay: EvilRelay
  /** Whether the server let anyone in: only then could something have been started. */
  readonly started: boolean
  /** The code of the error, or of the end of the carrier. */
  readonly client: string | number
  readonly server: string | number
  readonly clientHeard: readonly string[]
  readonly serverHeard: readonly string[]
}

export interface StoryOptions {
  readonly relay?: EvilRelayOptions
  readonly client?: Partial<SecureClientOptions>
  readonly server?: Partial<SecureServerOptions>
  /** What the client sends; the server answers each in upper case. */
  readonly says?: readonly string[]
  readonly limits?: Partial<Limits>
}

/**
 * The client says everything, hears every answer, and closes with 1000; whoever stops hearing is cut off in the end, so that
 * nothing waits for ever.
 */
export const tell = async (options: StoryOptions = {}, opened?: (relay: EvilRelay) => void): Promise<Story> => {
  const relay = openEvilRelay(options.relay)
  opened?.(relay)
  const limits = { ...LIMITS, ...options.limits }
  const says = options.says ?? ['one', 'two', 'three']
  const works = Promise.all([
    outcome(secureServer(relay.server, serverOptions({ limits, ...options.server }))).then((one) => {
      // Whoever failed and heard nothing yet would wait for the deadline.
      if ('error' in one) relay.cut()
      return 'value' in one ? { ...one, heard: serve(one.value) } : one
    }),
    outcome(secureClient(relay.client, clientOptions({ limits, ...options.client }))).then((one) => {
      if ('error' in one) relay.cut()
      return 'value' in one ? { ...one, heard: ask(one.value, says) } : one
    }),
  ])
  // What was dropped leaves both waiting: a turn of the event loop in which nothing moves is the end of it.
  void untilStill(relay).then(() => relay.cut())
  const [server, client] = await works
  const endOf = async (one: typeof client | typeof server): Promise<string | number> =>
    'heard' in one ? (await one.heard.end).code : (one as { error: AppError }).error.code
  return {
    relay,
    started: 'value' in server,
    client: await endOf(client),
    server: await endOf(server),
    clientHeard: 'heard' in client ? client.heard.texts : [],
    serverHeard: 'heard' in server ? server.heard.texts : [],
  }
}

const serve = ({ carrier }: SecuredClient): Heard => {
  const heard = listen(carrier, (text) => carrier.send(utf8(text.toUpperCase())))
  return heard
}

const ask = (carrier: Carrier, says: readonly string[]): Heard => {
  let left = says.length
  const heard = listen(carrier, () => {
    if (--left === 0) carrier.close(1000)
  })
  for (const text of says) carrier.send(utf8(text))
  return heard
}

const STILL_TURNS = 6

const untilStill = async ({ captured }: EvilRelay): Promise<void> => {
  for (let [still, seen] = [0, -1]; still < STILL_TURNS; ) {
    await new Promise((resolve) => setImmediate(resolve))
    still = captured.length === seen ? still + 1 : 0
    seen = captured.length
  }
}
