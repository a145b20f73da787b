/** Owns what a client trusts: pinned servers and its own identities, as files of this machine hold them. */
import type { AdvertisedFacts, AppError } from '@towline/protocol'
import {
  type Carrier,
  type CarrierEnd,
  endError,
  listKnownServers,
  loadIdentity,
  nodeCrypto,
  parseEndpointIdentity,
  resolvePin,
  secureClient,
} from '@towline/webtty'
import { type Env, homeDir } from '../context/home.ts'

/** Whose files, and what overrides them. */
export interface Trust {
  readonly env: Env
  /** Identity to prove instead of the pinned entry's. */
  readonly clientIdentity?: string | undefined
  /** Slug or id of the project, when it is known. */
  readonly project?: string | undefined
  /** A server that is not pinned is refused, whatever it tells of itself. */
  readonly pinned?: boolean | undefined
}

/** How a pinned server is spoken to. */
export interface Security {
  /** Of the pinned key. */
  readonly fingerprint: string
  /** Rejects, with nothing but the handshake sent, unless the server proves the pinned key. */
  secure(carrier: Carrier): Promise<Carrier>
  /** What an end of such a carrier means, when it was no good one. */
  error(end: CarrierEnd): AppError | undefined
}

/**
 * Looks up the pin of a server by its name; undefined when there is none: it is spoken to in the clear then, and refused if it wants
 * more. Rejects with E2E_SERVER_UNKNOWN, E2E_REQUIRED, E2E_SERVER_AMBIGUOUS, E2E_IDENTITY_UNSAFE, E2E_IDENTITY_UNKNOWN.
 */
export const securityFor = async (
  { env, clientIdentity, project, pinned: mustBe }: Trust,
  name: string,
  advertised: Pick<AdvertisedFacts, 'e2e'> | undefined = mustBe ? { e2e: true } : undefined,
): Promise<Security | undefined> => {
  const home = homeDir(env)
  const { pinned } = resolvePin({
    knownServers: await listKnownServers(home),
    name,
    project,
    advertised: advertised && (advertised.e2e ? 'required' : 'disabled'),
  })
  if (!pinned) return undefined
  const identity = await loadIdentity(home, clientIdentity ?? pinned.clientIdentity)
  const server = { identity: parseEndpointIdentity(nodeCrypto, pinned.key), name, project: pinned.project }
  return {
    fingerprint: server.identity.fingerprint,
    secure: (carrier) => secureClient(carrier, { crypto: nodeCrypto, identity, server }),
    error: (end) => endError(end, { name, client: identity.endpoint }),
  }
}
