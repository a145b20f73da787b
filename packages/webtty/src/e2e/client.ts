/** Owns the client's side: nothing but the handshake is sent before the pinned server has proven itself. */
import { AppError, type Limits, LIMITS } from '@towline/protocol'
import type { Carrier } from '../carrier/carrier.ts'
import { makeClientProof } from './channel/client-proof.ts'
import { Exchange } from './channel/exchange.ts'
import { E2E_TYPE, NONCE, printFirst, printThird, readAnnouncement, readSecond } from './channel/handshake-messages.ts'
import { prologueOf } from './channel/prologue.ts'
import { RecordCarrier } from './channel/record-carrier.ts'
import type { CryptoProvider } from './crypto/provider.ts'
import { type EndpointIdentity, isSameIdentity } from './identity/endpoint-identity.ts'
import type { LocalIdentity } from './identity/local-identity.ts'
import { Handshake, XK } from './noise/handshake.ts'
import { encryptionMissing, serverChanged, type ServerRef } from './pin-errors.ts'

export interface SecureClientOptions {
  readonly crypto: CryptoProvider
  /** Who this client is. */
  readonly identity: LocalIdentity
  /** The pinned server, name and project as it was pinned under. */
  readonly server: { readonly identity: EndpointIdentity; readonly name: string; readonly project?: string | undefined }
  readonly limits?: Limits
  /** Milliseconds of a clock that does not go back. */
  readonly now?: () => number
}

const NOTHING = new Uint8Array()

/**
 * An encrypted carrier, paused, as soon as the server has proven its key; the client's proof is on its way then. Whether the
 * server lets this client in is told by the carrier: an end with 4401. Rejects with E2E_SERVER_CHANGED, E2E_REQUIRED,
 * E2E_TAMPERED and E2E_HANDSHAKE_FAILED, and has closed `below` then.
 */
export const secureClient = async (below: Carrier, options: SecureClientOptions): Promise<Carrier> => {
  const { limits = LIMITS, now = () => performance.now() } = options
  const exchange = new Exchange(below, limits)
  try {
    const handshake = await proveServer(exchange, options)
    const proof = await makeClientProof(options.identity, handshake.hash)
    const third = printThird(await handshake.write(proof))
    const leftover = exchange.release()
    below.send(third)
    return new RecordCarrier({ below, transport: handshake.split(), leftover, limits, now })
  } catch (error) {
    throw exchange.fail(error)
  }
}

/** Sends the first message and reads the second, which only the holder of the pinned key can have made. */
const proveServer = async (
  exchange: Exchange,
  { crypto, identity, server }: SecureClientOptions,
): Promise<Handshake> => {
  const nonce = crypto.random(NONCE)
  const { name, project = '' } = server
  const prologue = prologueOf({ project, name, fingerprint: server.identity.fingerprint, nonce })
  const own = identity.noise
  const handshake = new Handshake({ crypto, pattern: XK, initiator: true, prologue, own, peer: server.identity.x25519 })
  exchange.send(printFirst({ nonce, project, name, noise: await handshake.write(NOTHING) }))
  const payload = await handshake.read(readSecond(await answer(exchange, { crypto, server })))
  if (payload.length > 0) throw new AppError('E2E_TAMPERED', { problem: 'the second message holds more than it may' })
  return handshake
}

/** The second message. Before it the server may claim an identity: one that differs is told at once, one that fits proves nothing. */
const answer = async (
  exchange: Exchange,
  { crypto, server }: Pick<SecureClientOptions, 'crypto' | 'server'>,
): Promise<Uint8Array> => {
  const first = encrypted(await exchange.next(), server)
  const claimed = readAnnouncement(crypto, first)
  if (!claimed) return first
  if (isSameIdentity(claimed, server.identity)) return encrypted(await exchange.next(), server)
  throw serverChanged(server, server.identity)
}

const encrypted = (message: Uint8Array, server: ServerRef): Uint8Array => {
  if (message[0] === E2E_TYPE.handshake) return message
  if (message[0] === E2E_TYPE.record)
    throw new AppError('E2E_TAMPERED', { problem: 'a record came before the handshake' })
  throw encryptionMissing(server)
}
