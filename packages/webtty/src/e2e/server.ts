/** Owns the server's side: nothing is handed on before a client on the list has proven both of its keys. */
import { AppError, type Limits, LIMITS } from '@towline/protocol'
import type { Carrier } from '../carrier/carrier.ts'
import { checkClientProof } from './channel/client-proof.ts'
import { E2E_CLOSE } from './channel/close-codes.ts'
import { Exchange } from './channel/exchange.ts'
import { E2E_TYPE, printAnnouncement, printSecond, readFirst, readThird } from './channel/handshake-messages.ts'
import type { PendingHandshakes, Place } from './channel/pending-handshakes.ts'
import { prologueOf } from './channel/prologue.ts'
import { RecordCarrier } from './channel/record-carrier.ts'
import type { CryptoProvider } from './crypto/provider.ts'
import type { EndpointIdentity } from './identity/endpoint-identity.ts'
import type { LocalIdentity } from './identity/local-identity.ts'
import { Handshake, XK } from './noise/handshake.ts'

/** Why a client that was let in is no longer. */
export type Revocation = 'removed' | 'expired' | 'changed'

/** A client that has proven itself and is on the list. */
export interface SecureClientFacts {
  readonly name: string
  readonly fingerprint: string
  readonly roles: readonly string[]
}

/** A client that was let in, and as what. */
export interface Held {
  readonly identity: EndpointIdentity
  readonly roles: readonly string[]
}

/** Who may come in. `find` asks anew each time. */
export interface ClientDirectory {
  find(identity: EndpointIdentity): Promise<Omit<SecureClientFacts, 'fingerprint'> | undefined>
  /** Calls `revoke` once when the client may no longer stay as what it was found to be; the answer ends the watch. */
  hold(client: Held, revoke: (why: Revocation) => void): () => void
}

export interface SecureServerOptions {
  readonly crypto: CryptoProvider
  readonly identity: LocalIdentity
  /** Names clients may mean this server by. */
  readonly names: readonly string[]
  /** Slug and id of its project; a client that names none is not asked for one. */
  readonly projects?: readonly string[]
  readonly clients: ClientDirectory
  /** One for all carriers of a server. */
  readonly pending: PendingHandshakes
  /** Where the carrier comes from, without a port, as far as whoever relays it says. */
  readonly address?: string | undefined
  readonly limits?: Limits
  readonly now?: () => number
}

export interface SecuredClient {
  readonly carrier: Carrier
  readonly client: SecureClientFacts
}

const NOTHING = new Uint8Array()

/**
 * An encrypted carrier, paused, of a client that has proven itself. Rejects, for the log alone, with E2E_REQUIRED (a peer in
 * the clear, closed with 4403), E2E_TAMPERED, E2E_HANDSHAKE_FAILED, E2E_CLIENT_UNAUTHORIZED (which the client learns inside the
 * channel, and not why), and what reading the list threw. `below` is closed then.
 */
export const secureServer = async (below: Carrier, options: SecureServerOptions): Promise<SecuredClient> => {
  const { limits = LIMITS, pending, address } = options
  const exchange = new Exchange(below, limits)
  const giveWay = (): void => void exchange.giveWay('too many clients are connecting at once')
  const place = pending.enter({ address, giveWay })
  if (!place) throw exchange.giveWay('too many clients of this address were refused')
  try {
    return await serve(below, { exchange, place }, options)
  } catch (error) {
    if (error instanceof AppError && REFUSALS.has(error.code)) place.refused()
    throw exchange.fail(error)
  } finally {
    place.leave()
  }
}

/** What counts against an address: keys were agreed on for it, in vain. */
const REFUSALS: ReadonlySet<string> = new Set(['E2E_CLIENT_UNAUTHORIZED', 'E2E_TAMPERED'])

interface Guest {
  readonly exchange: Exchange
  readonly place: Place
}

const serve = async (below: Carrier, guest: Guest, options: SecureServerOptions): Promise<SecuredClient> => {
  const { clients, limits = LIMITS, now = () => performance.now() } = options
  const { exchange } = guest
  const { handshake, proven } = await proveClient(guest, options)
  const found = proven && (await lookUp(clients, proven))
  const carrier = new RecordCarrier({ below, transport: handshake.split(), leftover: exchange.release(), limits, now })
  if (!proven || !found || found instanceof Error) {
    carrier.close(E2E_CLOSE.unauthorized)
    throw found instanceof Error ? found : unauthorized(proven, options)
  }
  const held = { identity: proven, roles: found.roles }
  const release = clients.hold(held, (why) => carrier.close(E2E_CLOSE.revoked, why))
  carrier.onEnd(release)
  return { carrier, client: { name: found.name, fingerprint: proven.fingerprint, roles: found.roles } }
}

/** A list that cannot be read lets nobody in, and looks to the client as if it were not on it. */
const lookUp = (clients: ClientDirectory, identity: EndpointIdentity) =>
  clients.find(identity).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))

/** Reads the first message, answers it, and reads the client's proof. */
const proveClient = async (
  { exchange, place }: Guest,
  options: SecureServerOptions,
): Promise<{ readonly handshake: Handshake; readonly proven: EndpointIdentity | undefined }> => {
  const { crypto, identity } = options
  exchange.send(printAnnouncement(identity.endpoint))
  const handshake = await begin(await exchange.next(), options)
  place.begun()
  exchange.send(printSecond(await handshake.write(NOTHING)))
  const third = readThird(await exchange.next())
  const { hash } = handshake
  const proof = await handshake.read(third)
  return { handshake, proven: checkClientProof(crypto, { proof, hash, x25519: handshake.peerStatic as Uint8Array }) }
}

const begin = async (message: Uint8Array, options: SecureServerOptions): Promise<Handshake> => {
  const { crypto, identity, names, projects = [] } = options
  if (message[0] !== E2E_TYPE.handshake) throw new AppError('E2E_REQUIRED', { name: names[0] ?? '', command: '' })
  const { noise, nonce, name, project } = readFirst(message)
  const isMeant = names.includes(name) && (project === '' || projects.includes(project))
  if (!isMeant) throw new AppError('E2E_TAMPERED', { problem: 'the client means another server' })
  const prologue = prologueOf({ project, name, fingerprint: identity.endpoint.fingerprint, nonce })
  const handshake = new Handshake({ crypto, pattern: XK, initiator: false, prologue, own: identity.noise })
  const payload = await handshake.read(noise)
  if (payload.length > 0) throw new AppError('E2E_TAMPERED', { problem: 'the first message holds more than it may' })
  return handshake
}

const unauthorized = (proven: EndpointIdentity | undefined, { names }: SecureServerOptions): AppError =>
  new AppError('E2E_CLIENT_UNAUTHORIZED', {
    name: names[0] ?? '',
    fingerprint: proven?.fingerprint ?? 'its proof is not good',
    command: 'towline webtty authorized-client add NAME --key KEY --identity IDENTITY',
  })
